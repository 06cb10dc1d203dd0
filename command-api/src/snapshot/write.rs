//! Writes a snapshot: what is hot from a state, what is cold by merging a state with the snapshot
//! before it, block by block, so that no more of it is in memory than its index.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Incarnation};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::build::BuildError;
use super::cold::{Cold, Entry, Unreadable};
use super::file::{BLOCK_STREAMS, Directory, FORMAT, Footer, MAGIC, fingerprint};
use super::read::Snapshot;
use super::rows::{Header, HotRow, IdRow, StreamRow, outcome_rows};
use crate::partition::state::{PartitionState, Stream};

/// Entries of the queue of ended streams in one frame.
const ENDED_PER_FRAME: usize = 4_096;

/// What is to be written.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    /// Folded up to the cursor.
    pub(super) state: &'a PartitionState,
    pub(super) cursor: &'a Cursor,
    pub(super) incarnations: &'a [Incarnation],
    /// The time of the last record: what can't be reopened then is closed for good.
    pub(super) now: Timestamp,
}

/// Writes the file, and says which streams of the state are cold in it. What is cold in the state's
/// own snapshot and not in its memory is so still.
pub(super) fn write(
    directory: &Directory,
    contents: &Contents<'_>,
    stop: &CancellationToken,
) -> Result<(Arc<Snapshot>, Vec<StreamId>), BuildError> {
    let Contents { state, cursor, .. } = *contents;
    let mut over = Vec::new();
    let mut hot = Vec::new();
    for (id, stream) in state.streams() {
        if stream.is_over(contents.now) {
            over.push(id);
        } else {
            hot.push(id);
        }
    }
    over.sort_unstable_by_key(|id| (fingerprint(*id), *id));
    hot.sort_unstable();
    let draft = directory.draft(cursor.partition)?;
    let mut out = Sections::new(draft.file())?;
    let (fingerprints, blocks) = write_cold(&mut out, state, &over, stop)?;
    let (cold_length, _) = out.end();
    write_hot(&mut out, state, &hot, stop)?;
    let (hot_length, hot_crc) = out.end();
    for number in fingerprints.iter().chain(&blocks) {
        out.write(&number.to_le_bytes())?;
    }
    let (index_length, index_crc) = out.end();
    let header = Header {
        partitions: state.partitions(),
        cursor: cursor.clone(),
        incarnations: contents.incarnations.to_vec(),
        opened: state.opened(),
        owner: state
            .owner()
            .map(|owner| (owner.writer.into_bytes(), owner.address.as_str().into())),
        hours: (state.hours().count(), state.hours().known().collect()),
        hot: hot.len() as u64,
        cold: fingerprints.len() as u64,
    };
    out.write(&encode(&header)?)?;
    let (header_length, header_crc) = out.end();
    let footer = Footer {
        cold: cold_length,
        hot: hot_length,
        index: index_length,
        header: header_length,
        hot_crc,
        index_crc,
        header_crc,
    };
    out.write(&footer.encode())?;
    out.finish()?;
    if stop.is_cancelled() {
        return Err(BuildError::Stopped);
    }
    let (file, path) = draft.publish()?;
    let cold = Cold::new(file, path, fingerprints.into(), blocks.into());
    Ok((Arc::new(Snapshot::new(header, footer, cold)), over))
}

type Index = (Vec<u64>, Vec<u64>);

/// Merges what was cold before, but for what has been warm since, with what has become cold.
fn write_cold(
    out: &mut Sections<'_>,
    state: &PartitionState,
    over: &[StreamId],
    stop: &CancellationToken,
) -> Result<Index, BuildError> {
    let mut blocks = Blocks::default();
    let mut before = state
        .cold()
        .into_iter()
        .flat_map(|cold| cold.entries())
        .filter(|entry| {
            entry
                .as_ref()
                .map_or(true, |entry| state.stream(entry.id).is_none())
        });
    let mut kept = before.next().transpose()?;
    for id in over {
        let entry = Entry::new(*id, cold_row(state, *id)?);
        while let Some(earlier) = kept.take_if(|kept| kept.order() < entry.order()) {
            blocks.add(out, &earlier)?;
            kept = before.next().transpose()?;
        }
        blocks.add(out, &entry)?;
        if stop.is_cancelled() {
            return Err(BuildError::Stopped);
        }
    }
    while let Some(earlier) = kept {
        blocks.add(out, &earlier)?;
        kept = before.next().transpose()?;
        if stop.is_cancelled() {
            return Err(BuildError::Stopped);
        }
    }
    Ok(blocks.finish(out)?)
}

fn cold_row(state: &PartitionState, id: StreamId) -> Result<Vec<u8>, BuildError> {
    let stream = state.stream(id).ok_or(BuildError::Encode)?;
    encode(&StreamRow::of(id, &stream.aggregate).ok_or(BuildError::Encode)?)
}

fn write_hot(
    out: &mut Sections<'_>,
    state: &PartitionState,
    hot: &[StreamId],
    stop: &CancellationToken,
) -> Result<(), BuildError> {
    let mut ended = state.ended().map(|(at, id)| (at, IdRow::from(id)));
    loop {
        let some: Vec<_> = ended.by_ref().take(ENDED_PER_FRAME).collect();
        if some.is_empty() {
            break;
        }
        out.frame(&HotRow::Ended(some))?;
    }
    for id in hot {
        if let Some(stream) = state.stream(*id) {
            out.frame(&hot_row(*id, stream)?)?;
        }
        if stop.is_cancelled() {
            return Err(BuildError::Stopped);
        }
    }
    Ok(())
}

/// What this version doesn't understand of a stream, a later one may: it must read the log itself.
fn hot_row(id: StreamId, stream: &Stream) -> Result<HotRow, BuildError> {
    if stream.undecodable {
        return Err(BuildError::Newer { stream: id });
    }
    let row = StreamRow::of(id, &stream.aggregate).ok_or(BuildError::Encode)?;
    let outcomes = outcome_rows(&stream.outcomes).map_err(|_| BuildError::Newer { stream: id })?;
    Ok(HotRow::Stream(Box::new(row), outcomes))
}

fn encode(row: &impl Serialize) -> Result<Vec<u8>, BuildError> {
    postcard::to_stdvec(row).map_err(|_| BuildError::Encode)
}

/// The cold part while it grows.
#[derive(Default)]
struct Blocks {
    fingerprints: Vec<u64>,
    ends: Vec<u64>,
    block: Vec<u8>,
}

impl Blocks {
    fn add(&mut self, out: &mut Sections<'_>, entry: &Entry) -> io::Result<()> {
        entry.encode(&mut self.block);
        self.fingerprints.push(entry.fingerprint);
        if self.fingerprints.len().is_multiple_of(BLOCK_STREAMS) {
            self.end_block(out)?;
        }
        Ok(())
    }

    fn end_block(&mut self, out: &mut Sections<'_>) -> io::Result<()> {
        out.write(&crc32fast::hash(&self.block).to_le_bytes())?;
        out.write(&self.block)?;
        self.block.clear();
        self.ends.push(out.length);
        Ok(())
    }

    fn finish(mut self, out: &mut Sections<'_>) -> io::Result<Index> {
        if !self.block.is_empty() {
            self.end_block(out)?;
        }
        self.ends.insert(0, 0);
        Ok((self.fingerprints, self.ends))
    }
}

/// A file that is written section by section.
struct Sections<'a> {
    out: BufWriter<&'a File>,
    length: u64,
    crc: crc32fast::Hasher,
}

impl<'a> Sections<'a> {
    fn new(file: &'a File) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        out.write_all(&MAGIC)?;
        out.write_all(&FORMAT.to_le_bytes())?;
        Ok(Self {
            out,
            length: 0,
            crc: crc32fast::Hasher::new(),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        self.crc.update(bytes);
        self.out.write_all(bytes)
    }

    fn frame(&mut self, row: &HotRow) -> Result<(), BuildError> {
        let bytes = encode(row)?;
        self.write(&(bytes.len() as u32).to_le_bytes())?;
        Ok(self.write(&bytes)?)
    }

    /// Ends a section; its length and checksum.
    fn end(&mut self) -> (u64, u32) {
        let crc = std::mem::take(&mut self.crc).finalize();
        (std::mem::take(&mut self.length), crc)
    }

    fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl From<Unreadable> for BuildError {
    fn from(error: Unreadable) -> Self {
        Self::Previous(error)
    }
}
