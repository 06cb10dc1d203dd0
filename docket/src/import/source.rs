//! The file: unpacked on the way when it is gzip, without a byte order mark, and how far it has been
//! read.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::ImportError;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What Windows programs write before text in UTF-8.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

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
        Box::new(unmarked(MultiGzDecoder::new(input)).map_err(failed)?)
    } else {
        Box::new(unmarked(input).map_err(failed)?)
    };
    Ok((input, Extent { bytes, total }))
}

/// The text behind the byte order mark, if there is one.
fn unmarked(mut input: impl Read) -> io::Result<impl Read> {
    let mut begin = Vec::with_capacity(BYTE_ORDER_MARK.len());
    let length = BYTE_ORDER_MARK.len() as u64;
    input.by_ref().take(length).read_to_end(&mut begin)?;
    if begin == BYTE_ORDER_MARK {
        begin.clear();
    }
    Ok(io::Cursor::new(begin).chain(input))
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(content: &[u8]) -> Vec<u8> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        std::fs::write(&path, content).expect("it can be written");
        let (mut input, _) = open(&path).expect("it can be opened");
        let mut text = Vec::new();
        input.read_to_end(&mut text).expect("it can be read");
        text
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let marked = b"\xef\xbb\xbf{\"command\":\"accept\"}\n";
        assert_eq!(read(marked), marked[3..]);
        let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
        zipped.write_all(marked).expect("written to memory");
        assert_eq!(read(&zipped.finish().expect("memory")), marked[3..]);
    }

    #[test]
    fn nothing_else_is_taken_away() {
        for text in [
            &b""[..],
            b"a",
            b"\xef\xbb",
            b"\xef\xbb\xbe{}",
            b"{} \xef\xbb\xbf",
        ] {
            assert_eq!(read(text), text);
        }
    }
}
