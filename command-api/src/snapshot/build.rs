//! Builds a snapshot from the one before it and what the log says since, with a reader of its own:
//! the partition's task is never asked for its state, so it never pauses.
//!
//! Guarantee: what is written is exactly the fold of the log up to the cursor in it. Each snapshot
//! is built from the one whose cold part the task has, so whatever the task looks up there it still
//! finds in the next one.

use std::io;
use std::sync::Arc;

use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Incarnation, Log, Partition, Reader};
use docket_schemas::control::Opened;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::cold::Unreadable;
use super::file::Directory;
use super::read::{Snapshot, Unfit};
use super::write::{Contents, write};
use crate::partition::fold::{Folded, fold};
use crate::partition::state::{Adoption, PartitionState};

/// How many records one build folds at most: what it adds to memory is bounded, however long a log
/// has grown without a snapshot. The next build goes on from there.
const RECORDS_MAX: u64 = 2_000_000;

/// Whose snapshot is to be built.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) log: Log,
    pub(crate) partition: Partition,
    /// The snapshot before; nothing, and the log is read from its start.
    pub(crate) previous: Option<Arc<Snapshot>>,
    pub(crate) directory: Directory,
    /// Ends the build soon, with nothing written.
    pub(crate) stop: CancellationToken,
}

/// What was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) snapshot: Arc<Snapshot>,
    /// For the partition's task.
    pub(crate) adoption: Adoption,
}

/// Why no snapshot was written. Nothing else suffers from it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    #[error("the snapshot before it can't be used any more")]
    Unfit(#[from] Unfit),
    #[error("the snapshot before it can't be read")]
    Previous(#[source] Unreadable),
    #[error("the file can't be written")]
    Io(#[from] io::Error),
    #[error("{stream} has what only a newer version understands, which must read it itself")]
    Newer {
        /// Which stream.
        stream: StreamId,
    },
    #[error("the state can't be encoded")]
    Encode,
    #[error("the process stops")]
    Stopped,
}

/// Builds a snapshot up to the log's end now; `None` if nothing has come since the one before.
/// Blocks while it writes, so it is for a thread of its own.
pub(crate) async fn build(job: &Job) -> Result<Option<Built>, BuildError> {
    let identity = job.log.identity();
    let mut incarnations = vec![Incarnation(identity.log_id.0)];
    let (mut state, from) = match &job.previous {
        Some(previous) => {
            incarnations = previous.incarnations().to_vec();
            (previous.state()?, previous.cursor().clone())
        }
        None => (
            PartitionState::new(job.partition.0, identity.partitions),
            Cursor::start(identity.log_id, job.partition),
        ),
    };
    let folding = fold_on(job, &mut state, &from, &mut incarnations);
    let folded = tokio::select! {
        biased;
        () = job.stop.cancelled() => return Err(BuildError::Stopped),
        folded = folding => folded?,
    };
    let Some((cursor, now)) = folded else {
        return Ok(None);
    };
    let contents = Contents {
        state: &state,
        cursor: &cursor,
        incarnations: &incarnations,
        now,
    };
    let (snapshot, over) = write(&job.directory, &contents, &job.stop)?;
    Ok(Some(Built {
        adoption: Adoption {
            cold: Arc::clone(snapshot.cold()),
            next_sequence: cursor.next_sequence(),
            over,
        },
        snapshot,
    }))
}

/// Folds what has come; where that ends, and the time of its last record.
async fn fold_on(
    job: &Job,
    state: &mut PartitionState,
    from: &Cursor,
    incarnations: &mut Vec<Incarnation>,
) -> Result<Option<(Cursor, Timestamp)>, BuildError> {
    let end = job.log.end(job.partition).await?;
    let mut last = None;
    let mut records = 0;
    for mut reader in Reader::open(&job.log, std::slice::from_ref(from)).await? {
        while !reader.cursor().has_reached(end) && records < RECORDS_MAX {
            for record in reader.next().await?.records {
                if let Folded::Undecodable { id, .. } =
                    fold(state, &record).map_err(BuildError::Previous)?
                {
                    return Err(BuildError::Newer { stream: id });
                }
                if record.kind() == Opened::TYPE
                    && let Ok(opened) = Opened::decode(&record.data)
                {
                    incarnations.push(Incarnation(opened.incarnation));
                }
                records += 1;
                last = record.time().or(last);
            }
        }
        if records > 0 {
            let now = last.unwrap_or(Timestamp::UNIX_EPOCH);
            return Ok(Some((reader.cursor().clone(), now)));
        }
    }
    Ok(None)
}
