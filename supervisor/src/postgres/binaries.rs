//! Where `initdb`, `postgres` and `pg_ctl` are: named by the environment, on the PATH, or where
//! Debian and Red Hat put them (which is not on the PATH), newest version first.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// Names the directory of the server's programs.
const VARIABLE: &str = "DOCKET_POSTGRES_BIN";

/// A directory that has all the programs.
pub(super) struct Binaries(PathBuf);

impl Binaries {
    pub(super) fn find() -> Result<Self, Error> {
        if let Some(named) = env::var_os(VARIABLE) {
            // Somebody who names a directory wants that one or an error.
            let named = PathBuf::from(named);
            return complete(&named).ok_or_else(|| Error::PostgresNotFound {
                looked: format!("{} ({VARIABLE})", named.display()),
            });
        }
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(versions("/usr/lib/postgresql", "bin"))
            .chain(versions("/usr", "bin"))
            .find_map(|directory| complete(&directory))
            .ok_or_else(|| Error::PostgresNotFound {
                looked: "the PATH, /usr/lib/postgresql/*/bin and /usr/pgsql-*/bin".into(),
            })
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.0.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.0.join("pg_ctl")
    }
}

/// The real directory behind `directory/postgres`: a link on the PATH may stand alone.
fn complete(directory: &Path) -> Option<Binaries> {
    let postgres = fs::canonicalize(directory.join("postgres")).ok()?;
    let real = postgres.parent()?;
    let all = ["initdb", "pg_ctl"]
        .iter()
        .all(|program| real.join(program).is_file());
    all.then(|| Binaries(real.to_owned()))
}

/// `<parent>/15/bin` and `<parent>/pgsql-16/bin`, the highest number first.
fn versions(parent: &str, below: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix("pgsql-").unwrap_or(&name).parse().ok()?;
            Some((version, entry.path().join(below)))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path)
}
