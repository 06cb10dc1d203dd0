//! Streams that are over, tickets closed for good and surveys: they stay in the snapshot file, and
//! memory holds a fingerprint of each and where each block of them begins, about 8.5 bytes a stream.
//!
//! Guarantees: a stream that isn't in the file costs no read of it (but for one in 2⁶⁴ chances);
//! one that is costs one read of a block, and comes out exactly as it was folded or not at all.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use docket_domain::stream::{Aggregate, StreamId};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::file::{BLOCK_STREAMS, PREAMBLE_BYTES, fingerprint};
use super::rows::{IdRow, StreamRow};

/// The cold part of a snapshot file.
#[derive(Debug)]
pub(crate) struct Cold {
    file: File,
    path: PathBuf,
    /// Of each stream, sorted.
    fingerprints: Box<[u64]>,
    /// Where each block begins in the cold part, and where the last one ends.
    blocks: Box<[u64]>,
    /// How often a block was read.
    #[cfg(test)]
    reads: std::sync::atomic::AtomicUsize,
}

/// A block can't be read: what it holds isn't known, so nothing can be decided or folded.
#[derive(Debug, thiserror::Error)]
#[error(
    "snapshot {} can't be read ({what}): delete that file and restart, and the log is read instead",
    path.display()
)]
pub(crate) struct Unreadable {
    path: PathBuf,
    what: &'static str,
    #[source]
    source: Option<io::Error>,
}

/// One stream as it lies in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) fingerprint: u64,
    pub(super) id: StreamId,
    /// Its row, which begins with the id.
    pub(super) row: Vec<u8>,
}

impl Cold {
    /// Over a file and its index.
    pub(super) fn new(
        file: File,
        path: PathBuf,
        fingerprints: Box<[u64]>,
        blocks: Box<[u64]>,
    ) -> Self {
        Self {
            file,
            path,
            fingerprints,
            blocks,
            #[cfg(test)]
            reads: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many streams there are.
    pub(crate) fn streams(&self) -> usize {
        self.fingerprints.len()
    }

    /// The stream's state, if it is here.
    pub(crate) fn find(&self, id: StreamId) -> Result<Option<Aggregate>, Unreadable> {
        let wanted = fingerprint(id);
        let first = self.fingerprints.partition_point(|found| *found < wanted);
        let alike = self.fingerprints[first..]
            .iter()
            .take_while(|found| **found == wanted)
            .count();
        if alike == 0 {
            return Ok(None);
        }
        let blocks = first / BLOCK_STREAMS..=(first + alike - 1) / BLOCK_STREAMS;
        giving_way(|| {
            for block in blocks {
                for entry in self.block(block)? {
                    if entry.id == id {
                        return self.decode(&entry.row).map(Some);
                    }
                }
            }
            Ok(None)
        })
    }

    /// All streams, in the file's order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<Entry, Unreadable>> {
        (0..self.blocks.len().saturating_sub(1)).flat_map(|block| match self.block(block) {
            Ok(entries) => entries.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }

    /// How often a block was read.
    #[cfg(test)]
    pub(super) fn reads(&self) -> usize {
        self.reads.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn block(&self, block: usize) -> Result<Vec<Entry>, Unreadable> {
        #[cfg(test)]
        self.reads
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (from, to) = (self.blocks[block], self.blocks[block + 1]);
        let mut bytes = vec![0; (to - from) as usize];
        self.file
            .read_exact_at(&mut bytes, PREAMBLE_BYTES + from)
            .map_err(|source| self.unreadable("reading failed", Some(source)))?;
        let damaged = || self.unreadable("it was changed, or the disk is broken", None);
        let (crc, body) = bytes.split_first_chunk().ok_or_else(damaged)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Err(damaged());
        }
        split(body).ok_or_else(damaged)
    }

    fn decode(&self, row: &[u8]) -> Result<Aggregate, Unreadable> {
        let row: Option<StreamRow> = postcard::from_bytes(row).ok();
        row.and_then(|row| row.into_stream().ok())
            .map(|(_, aggregate)| aggregate)
            .ok_or_else(|| self.unreadable("a stream in it makes no sense", None))
    }

    fn unreadable(&self, what: &'static str, source: Option<io::Error>) -> Unreadable {
        Unreadable {
            path: self.path.clone(),
            what,
            source,
        }
    }
}

impl Entry {
    pub(super) fn new(id: StreamId, row: Vec<u8>) -> Self {
        Self {
            fingerprint: fingerprint(id),
            id,
            row,
        }
    }

    /// What the cold part is sorted by.
    pub(super) fn order(&self) -> (u64, StreamId) {
        (self.fingerprint, self.id)
    }

    pub(super) fn encode(&self, block: &mut Vec<u8>) {
        block.extend((self.row.len() as u32).to_le_bytes());
        block.extend(&self.row);
    }
}

/// Does what may wait for a disk: what else the runtime's thread has to do, another one takes over.
/// A runtime of one thread has no other, and a simulation must replay exactly.
fn giving_way<T>(read: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(read),
        _ => read(),
    }
}

/// The entries of a block's body; `None` if it isn't one.
fn split(mut body: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::with_capacity(BLOCK_STREAMS);
    while !body.is_empty() {
        let (length, rest) = body.split_first_chunk::<4>()?;
        let (row, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let (id, _) = postcard::take_from_bytes::<IdRow>(row).ok()?;
        entries.push(Entry::new(id.into(), row.to_vec()));
        body = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::giving_way;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_waits_for_a_disk_keeps_nobody_else_waiting() {
        let task = async {
            let (done, read) = channel();
            // On the only thread there is.
            tokio::spawn(async move { done.send(()) });
            giving_way(|| read.recv_timeout(Duration::from_mins(1)))
        };
        let read = tokio::spawn(task).await.expect("no panic");
        assert_eq!(read, Ok(()), "nothing else could run");
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_just_reads() {
        assert_eq!(giving_way(|| 7), 7);
    }
}
