//! The data directory: who may use it, and what lies where in it.
//!
//! | | |
//! |---|---|
//! | `docket.lock` | held by the one process that works on the directory |
//! | `token.key` | signs the development tokens |
//! | `survey.key` | signs survey links |
//! | `session.env` | addresses and tokens, for `. FILE` in a shell |
//! | `postgres/` | the private Postgres |
//! | `snapshots/`, `kafka_snapshots/` | the command API's snapshots of its log; may be deleted |

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Error;

/// Where a private Postgres of root's is kept when the data directory lies where its user can't
/// go.
const ELSEWHERE: &str = "/var/lib/docket";
/// How long a predecessor that is just going away is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(3);
const LOCK_POLL: Duration = Duration::from_millis(50);

/// `.docket` in the current directory: what one tries belongs to where one tries it, and goes away
/// with it.
pub fn default_data_dir() -> PathBuf {
    PathBuf::from(".docket")
}

/// A data directory that is ours until this is dropped.
#[derive(Debug)]
pub(super) struct DataDirectory {
    path: PathBuf,
    lock: File,
}

impl DataDirectory {
    /// Makes the directory where there is none, and locks it. One that was killed may need a moment
    /// to be gone, and a child that is just being started holds its parent's lock until it runs.
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(failed("create", path))?;
        let path = fs::canonicalize(path).map_err(failed("resolve", path))?;
        let lock_path = path.join("docket.lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path, lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    sleep(LOCK_POLL).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let mut by = String::new();
                    // It may not have written anything yet.
                    let _ = lock.read_to_string(&mut by);
                    return Err(Error::InUse { path, by });
                }
                Err(TryLockError::Error(source)) => {
                    return Err(failed("lock", &lock_path)(source));
                }
            }
        }
    }

    /// The directory itself, absolute.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn session_file(&self) -> PathBuf {
        session_file(&self.path)
    }

    /// A place of this directory's own that every user may reach.
    pub(super) fn elsewhere(&self) -> PathBuf {
        let path = self.path.to_string_lossy();
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, path.as_bytes());
        Path::new(ELSEWHERE).join(id.simple().to_string())
    }

    /// Tells a second instance who is here.
    pub(super) fn say(&self, text: &str) {
        let mut lock = &self.lock;
        // Only for a better message; the lock itself is what counts.
        let _ = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(text.as_bytes()));
    }

    /// For the owner's eyes only: whoever has the tokens can do everything.
    pub(super) fn write_session(&self, text: &str) -> Result<(), Error> {
        let path = self.session_file();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(failed("write", &path))
    }
}

/// Where a running all-in-one writes down its addresses and tokens.
pub fn session_file(data_dir: &Path) -> PathBuf {
    data_dir.join("session.env")
}

/// Where the development issuer's key lies in a data directory.
pub fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("token.key")
}

/// Where the key lies that survey links are signed with.
pub fn survey_key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("survey.key")
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Directory {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_predecessor_that_is_going_away_is_waited_for_and_another_instance_is_refused() {
        let home = tempfile::tempdir().expect("a directory");
        let first = DataDirectory::open(home.path()).await.expect("ours");
        first.say("somebody");
        let (second, ()) = tokio::join!(DataDirectory::open(home.path()), async {
            sleep(2 * LOCK_POLL).await;
            drop(first);
        });
        let _second = second.expect("the first is gone");
        let third = DataDirectory::open(home.path()).await;
        assert!(matches!(third, Err(Error::InUse { by, .. }) if by == "somebody"));
    }
}
