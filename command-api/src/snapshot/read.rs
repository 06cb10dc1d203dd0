//! Reads a snapshot file: all of it is verified before anything of it is used, but for the cold
//! blocks, each of which is verified whenever it is read.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use docket_domain::stream::StreamId;
use docket_event_log::{Cursor, Incarnation, LogId, LogIdentity, Partition};
use docket_schemas::control::Claimed;
use uuid::Uuid;

use super::cold::Cold;
use super::file::{BLOCK_STREAMS, Directory, FORMAT, Footer, MAGIC, PREAMBLE_BYTES};
use super::rows::{Header, HotRow, outcomes};
use super::witness::Witness;
use crate::partition::hours::Hours;
use crate::partition::state::{PartitionState, Stream};

/// A whole snapshot, verified, with its file held open.
#[derive(Debug)]
pub(crate) struct Snapshot {
    header: Header,
    footer: Footer,
    cold: Arc<Cold>,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("reading it failed")]
    Io(#[from] io::Error),
    #[error("it is no snapshot, or not a whole one")]
    NotWhole,
    #[error("it has format {found}, and this version reads {FORMAT}")]
    Format { found: u32 },
    #[error("its {0} part is damaged")]
    Damaged(&'static str),
    #[error("it was made of log {found}")]
    AnotherLog { found: LogId },
    #[error("it was made of partition {found}")]
    AnotherPartition { found: Partition },
    #[error("it was made of a log with {found} partitions")]
    AnotherCount { found: u16 },
}

/// What became of loading a partition's snapshot.
#[derive(Debug)]
pub(crate) enum Found {
    /// There is none.
    Nothing,
    /// A snapshot, and the state in it.
    Whole(Arc<Snapshot>, PartitionState),
    /// One that can't be used, and what it still proves of the log.
    Unfit(Unfit, Option<Witness>),
}

/// Loads a partition's snapshot. Blocks.
pub(crate) fn load(directory: &Directory, log: &LogIdentity, partition: Partition) -> Found {
    let path = directory.file(partition);
    let opened = File::open(&path)
        .map_err(Unfit::from)
        .and_then(|file| open(&file, log, partition).map(|read| (file, read)));
    let (file, (header, footer)) = match opened {
        Ok(opened) => opened,
        Err(Unfit::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(unfit) => return Found::Unfit(unfit, None),
    };
    let witness = Witness::new(&path, &header);
    let loaded = index(file, path, &header, &footer).and_then(|cold| {
        let snapshot = Snapshot::new(header, footer, cold);
        let state = snapshot.state()?;
        Ok((Arc::new(snapshot), state))
    });
    match loaded {
        Ok((snapshot, state)) => Found::Whole(snapshot, state),
        Err(unfit) => Found::Unfit(unfit, Some(witness)),
    }
}

impl Snapshot {
    pub(super) fn new(header: Header, footer: Footer, cold: Cold) -> Self {
        Self {
            header,
            footer,
            cold: Arc::new(cold),
        }
    }

    /// Up to where the log is folded into it.
    pub(crate) fn cursor(&self) -> &Cursor {
        &self.header.cursor
    }

    /// All incarnations of the log up to there.
    pub(super) fn incarnations(&self) -> &[Incarnation] {
        &self.header.incarnations
    }

    /// The tickets that are looked up in it.
    pub(crate) fn cold(&self) -> &Arc<Cold> {
        &self.cold
    }

    /// How many streams it holds.
    pub(crate) fn streams(&self) -> u64 {
        self.header.hot + self.header.cold
    }

    /// What the log must still have if it hasn't lost anything since.
    pub(crate) fn witness(&self) -> Witness {
        Witness::new(self.cold.path(), &self.header)
    }

    /// The state that was written; its cold tickets are left in the file. Blocks.
    pub(crate) fn state(&self) -> Result<PartitionState, Unfit> {
        let mut section = Section::new(self.cold.file(), self.footer.hot_at(), self.footer.hot);
        let mut state = PartitionState::new(self.header.cursor.partition.0, self.header.partitions);
        let mut ended = VecDeque::new();
        let mut streams = 0;
        while let Some(row) = section.frame()? {
            match row {
                HotRow::Ended(some) => {
                    ended.extend(some.into_iter().map(|(at, id)| (at, StreamId::from(id))));
                }
                HotRow::Stream(row, rows) => {
                    streams += 1;
                    let damaged = |_| Unfit::Damaged("hot");
                    let (id, aggregate) = row.into_stream().map_err(damaged)?;
                    let outcomes = outcomes(rows).map_err(damaged)?;
                    state.restore(id, Stream::hot(aggregate, outcomes));
                }
            }
        }
        if section.crc.finalize() != self.footer.hot_crc || streams != self.header.hot {
            return Err(Unfit::Damaged("hot"));
        }
        let owner = self.header.owner.as_ref().map(|(writer, address)| Claimed {
            writer: Uuid::from_bytes(*writer),
            address: address.to_string(),
        });
        let (hours, known) = &self.header.hours;
        let hours = Hours::restored(*hours, known.iter().copied());
        let cold = Arc::clone(&self.cold);
        state.restored(self.header.opened, owner, hours, ended, cold);
        Ok(state)
    }
}

/// Checks what a file says of itself.
fn open(file: &File, log: &LogIdentity, partition: Partition) -> Result<(Header, Footer), Unfit> {
    let length = file.metadata()?.len();
    let mut preamble = [0; PREAMBLE_BYTES as usize];
    if length < PREAMBLE_BYTES + Footer::BYTES as u64 {
        return Err(Unfit::NotWhole);
    }
    file.read_exact_at(&mut preamble, 0)?;
    if preamble[..8] != MAGIC {
        return Err(Unfit::NotWhole);
    }
    let found = preamble[8..]
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte));
    if found != FORMAT {
        return Err(Unfit::Format { found });
    }
    let mut bytes = [0; Footer::BYTES];
    file.read_exact_at(&mut bytes, length - Footer::BYTES as u64)?;
    let footer = Footer::decode(&bytes)
        .filter(|footer| footer.fits(length))
        .ok_or(Unfit::NotWhole)?;
    let mut bytes = vec![0; footer.header as usize];
    file.read_exact_at(&mut bytes, footer.header_at())?;
    if crc32fast::hash(&bytes) != footer.header_crc {
        return Err(Unfit::Damaged("header"));
    }
    let header: Header = postcard::from_bytes(&bytes).map_err(|_| Unfit::Damaged("header"))?;
    let cursor = &header.cursor;
    if cursor.log_id != log.log_id {
        let found = cursor.log_id;
        return Err(Unfit::AnotherLog { found });
    }
    if header.partitions != log.partitions {
        let found = header.partitions;
        return Err(Unfit::AnotherCount { found });
    }
    if cursor.partition != partition {
        let found = cursor.partition;
        return Err(Unfit::AnotherPartition { found });
    }
    Ok((header, footer))
}

fn index(file: File, path: PathBuf, header: &Header, footer: &Footer) -> Result<Cold, Unfit> {
    let damaged = Unfit::Damaged("index");
    let tickets = header.cold as usize;
    let blocks = tickets.div_ceil(BLOCK_STREAMS) + 1;
    if (tickets + blocks).checked_mul(8) != Some(footer.index as usize) {
        return Err(damaged);
    }
    let mut section = Section::new(&file, footer.index_at(), footer.index);
    let fingerprints = section.numbers(tickets)?;
    let blocks = section.numbers(blocks)?;
    if section.crc.finalize() != footer.index_crc
        || !fingerprints.is_sorted()
        || !blocks.is_sorted()
        || blocks.last() != Some(&footer.cold)
    {
        return Err(damaged);
    }
    Ok(Cold::new(file, path, fingerprints, blocks))
}

/// A section that is read from its beginning, its checksum computed on the way.
struct Section<'a> {
    from: BufReader<Positioned<'a>>,
    left: u64,
    crc: crc32fast::Hasher,
}

impl<'a> Section<'a> {
    fn new(file: &'a File, at: u64, length: u64) -> Self {
        Self {
            from: BufReader::with_capacity(1 << 18, Positioned { file, at }),
            left: length,
            crc: crc32fast::Hasher::new(),
        }
    }

    fn bytes(&mut self, bytes: &mut [u8]) -> Result<(), Unfit> {
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or(Unfit::NotWhole)?;
        self.from.read_exact(bytes)?;
        self.crc.update(bytes);
        Ok(())
    }

    /// In memory for exactly so many, since there may be millions of them. The caller has compared
    /// their count with the section's length.
    fn numbers(&mut self, count: usize) -> Result<Box<[u64]>, Unfit> {
        let mut numbers = Vec::with_capacity(count);
        let mut chunk = [0; 8 * 512];
        while numbers.len() < count {
            let bytes = &mut chunk[..8 * (count - numbers.len()).min(512)];
            self.bytes(bytes)?;
            let (eights, _) = bytes.as_chunks();
            numbers.extend(eights.iter().copied().map(u64::from_le_bytes));
        }
        Ok(numbers.into_boxed_slice())
    }

    /// The next frame of the hot part; `None` behind the last one.
    fn frame(&mut self) -> Result<Option<HotRow>, Unfit> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut length = [0; 4];
        self.bytes(&mut length)?;
        let length = u32::from_le_bytes(length);
        if u64::from(length) > self.left {
            return Err(Unfit::Damaged("hot"));
        }
        let mut bytes = vec![0; length as usize];
        self.bytes(&mut bytes)?;
        postcard::from_bytes(&bytes)
            .map(Some)
            .map_err(|_| Unfit::Damaged("hot"))
    }
}

/// Reads on from a place of its own: the file's may be somebody else's.
struct Positioned<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Positioned<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
