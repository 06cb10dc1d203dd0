//! What a story needs of an adapter.

use docket_event_log::{Error, Log, Partition, RawEntry};

/// An empty log of its own, its server, and the means to damage it.
pub(crate) trait Arena: Sized {
    /// A new one.
    async fn fresh() -> Self;

    /// Opens the log with so many partitions, as one more process would.
    async fn open_with(&self, partitions: u16) -> Result<Log, Error>;

    /// Changes what is stored, behind everybody's back. No log may be open; reading must start
    /// anew. Places follow from the order.
    async fn rewrite(&self, partition: Partition, change: impl FnOnce(&mut Vec<RawEntry>));

    /// Whether what loses is stored at all.
    const KEEPS_NOISE: bool;

    /// Opens the log with its two partitions.
    async fn open(&self) -> Log {
        self.open_with(2).await.unwrap()
    }
}
