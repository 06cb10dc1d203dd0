//! The file: unpacked on the way when it is gzip, and how far it has been read.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::ImportError;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How much of a file has been read.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    bytes: Arc<AtomicU64>,
    /// The file's size.
    pub(super) total: u64,
}

impl Extent {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Opens a file, gzip or not: what its first bytes say counts, not its name.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Extent), ImportError> {
    let failed = |source| ImportError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        file,
        bytes: Arc::clone(&bytes),
    };
    let mut input = BufReader::with_capacity(64 * 1024, counted);
    let zipped = input.fill_buf().map_err(failed)?.starts_with(&GZIP_MAGIC);
    let input: Box<dyn Read + Send> = if zipped {
        Box::new(MultiGzDecoder::new(input))
    } else {
        Box::new(input)
    };
    Ok((input, Extent { bytes, total }))
}

struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
