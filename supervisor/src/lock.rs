//! One instance per directory: an advisory lock that the kernel drops with its process.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Error;

/// Held as long as the server of that directory is ours.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks `directory`, waiting up to three seconds for a predecessor that is just going away.
    pub(crate) fn acquire(directory: &Path) -> Result<Self, Error> {
        let deadline = Instant::now() + Duration::from_secs(3);
        let file = open(directory)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::InUse {
                        path: directory.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", directory)(error)),
            }
        }
    }

    /// Locks `directory`, however long another process holds it (it is fetching what we want too).
    pub(crate) fn wait(directory: &Path) -> Result<Self, Error> {
        let file = open(directory)?;
        file.lock().map_err(Error::io("lock", directory))?;
        Ok(Self { _file: file })
    }
}

fn open(directory: &Path) -> Result<File, Error> {
    let path = directory.join("lock");
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("open", &path))
}
