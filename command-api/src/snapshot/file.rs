//! A snapshot file's layout, and the directory it lies in.
//!
//! ```text
//! magic, format │ cold blocks │ hot frames │ index │ header │ footer
//! ```
//!
//! * **cold**: streams that are over, sorted by fingerprint, in blocks of [`BLOCK_STREAMS`], each
//!   behind its CRC-32: read one at a time, when somebody asks.
//! * **hot**: everything else, in frames (a length of four bytes, then the row).
//! * **index**: all fingerprints, then where each block begins, and where the last one ends.
//! * **header**: what the file says of itself ([`Header`](super::rows::Header)).
//! * **footer**: the lengths of the sections before it, the CRC-32s of hot, index and header, its
//!   own, and the magic again.
//!
//! Numbers are little-endian. A file is written under a temporary name, synced and renamed, and
//! never changed: half a file never counts, and who has one open keeps reading it when another
//! takes its name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use docket_domain::stream::StreamId;
use docket_event_log::Partition;
use uuid::Uuid;

/// Raised whenever the rows change, or what `fold` makes of a record.
pub(super) const FORMAT: u32 = 4;
pub(super) const MAGIC: [u8; 8] = *b"DOCKETSN";
/// Magic and format.
pub(super) const PREAMBLE_BYTES: u64 = 12;
/// Streams in a block of the cold part.
pub(super) const BLOCK_STREAMS: usize = 16;

/// Where the sections lie, and what their checksums must be.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Footer {
    pub(super) cold: u64,
    pub(super) hot: u64,
    pub(super) index: u64,
    pub(super) header: u64,
    pub(super) hot_crc: u32,
    pub(super) index_crc: u32,
    pub(super) header_crc: u32,
}

impl Footer {
    pub(super) const BYTES: usize = 56;
    const SUMMED: usize = Self::BYTES - 12;

    pub(super) fn encode(&self) -> [u8; Self::BYTES] {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        for length in [self.cold, self.hot, self.index, self.header] {
            bytes.extend(length.to_le_bytes());
        }
        for crc in [self.hot_crc, self.index_crc, self.header_crc] {
            bytes.extend(crc.to_le_bytes());
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(MAGIC);
        let mut footer = [0; Self::BYTES];
        footer.copy_from_slice(&bytes);
        footer
    }

    /// `None` unless these bytes are a footer as it was written.
    pub(super) fn decode(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let long = |at: usize| {
            bytes[at..at + 8]
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let short = |at: usize| long(at) as u32;
        let crc = bytes[Self::SUMMED..Self::SUMMED + 4].try_into().ok()?;
        if crc32fast::hash(&bytes[..Self::SUMMED]) != u32::from_le_bytes(crc)
            || bytes[Self::BYTES - 8..] != MAGIC
        {
            return None;
        }
        Some(Self {
            cold: long(0),
            hot: long(8),
            index: long(16),
            header: long(24),
            hot_crc: short(32),
            index_crc: short(36),
            header_crc: short(40),
        })
    }

    /// Whether the sections add up to a file of that length.
    pub(super) fn fits(&self, length: u64) -> bool {
        let parts = [
            PREAMBLE_BYTES,
            self.cold,
            self.hot,
            self.index,
            self.header,
            Self::BYTES as u64,
        ];
        parts
            .iter()
            .try_fold(0_u64, |sum, part| sum.checked_add(*part))
            == Some(length)
    }

    pub(super) fn hot_at(&self) -> u64 {
        PREAMBLE_BYTES + self.cold
    }

    pub(super) fn index_at(&self) -> u64 {
        self.hot_at() + self.hot
    }

    pub(super) fn header_at(&self) -> u64 {
        self.index_at() + self.index
    }
}

/// A stream's place in the cold part. Ids may be chosen by whoever imports, so all their bits count;
/// two streams may share a fingerprint. Part of the format.
pub(super) fn fingerprint(id: StreamId) -> u64 {
    let (id, more) = match id {
        StreamId::Ticket(ticket) => (ticket.0, 0),
        StreamId::Survey(survey) => (survey.ticket.0, survey.closing.get()),
        StreamId::Consultant(person) | StreamId::Customer(person) => (person.0, 0),
        StreamId::Catalogue => (Uuid::nil(), 0),
    };
    let (high, low) = id.as_u64_pair();
    mix(high ^ mix(low).wrapping_add(more.into()))
}

/// The finaliser of `SplitMix64`.
pub(super) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where a log's snapshots lie. Several processes may use one directory at once, as the old and
/// the new one do in a rolling restart: each finds whole files only, whoever wrote them.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// In a simulation no machine fails, and nothing happens on other threads.
    simulated: bool,
}

impl Directory {
    /// Makes the directory where there is none.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_owned(),
            simulated: false,
        })
    }

    /// A simulation's: its files need not survive the machine, since there are thousands.
    #[cfg(test)]
    pub(crate) fn simulated(path: &Path) -> io::Result<Self> {
        let mut directory = Self::open(path)?;
        directory.simulated = true;
        Ok(directory)
    }

    pub(super) fn is_simulated(&self) -> bool {
        self.simulated
    }

    /// The partition's file.
    pub(crate) fn file(&self, partition: Partition) -> PathBuf {
        self.path.join(format!("partition-{partition}.snapshot"))
    }

    /// A new file that takes the partition's name once it is whole.
    pub(super) fn draft(&self, partition: Partition) -> io::Result<Draft> {
        self.clear(partition)?;
        let name = format!("partition-{partition}.{}.tmp", Uuid::new_v4().simple());
        let path = self.path.join(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        // Held as long as the file is open, so that nobody takes it for a leftover. A file system
        // without locks loses no more than that.
        let _ = file.try_lock();
        Ok(Draft {
            path: Some(path),
            target: self.file(partition),
            directory: self.clone(),
            file,
        })
    }

    /// Removes what processes that were killed left behind: drafts that nobody holds.
    fn clear(&self, partition: Partition) -> io::Result<()> {
        let prefix = format!("partition-{partition}.");
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&prefix)
                && name.ends_with(".tmp")
                && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
            {
                // Somebody else may have been faster.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// A file that is being written. Dropped before it is [published](Self::publish), it is gone.
#[derive(Debug)]
pub(super) struct Draft {
    path: Option<PathBuf>,
    target: PathBuf,
    directory: Directory,
    file: File,
}

impl Draft {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name; it is on the disk when this returns.
    pub(super) fn publish(mut self) -> io::Result<(File, PathBuf)> {
        let file = self.file.try_clone()?;
        if !self.directory.simulated {
            file.sync_all()?;
        }
        if let Some(path) = self.path.take() {
            fs::rename(&path, &self.target).inspect_err(|_| {
                let _ = fs::remove_file(&path);
            })?;
        }
        if !self.directory.simulated {
            File::open(&self.directory.path)?.sync_all()?;
        }
        let _ = file.unlock();
        Ok((file, self.target.clone()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}
