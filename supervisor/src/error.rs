//! What can go wrong when a private server is started: each says what, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a private server could not be started, stopped or handled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `postgres` on this machine.
    #[error(
        "no PostgreSQL server binaries (postgres, initdb) found in {looked}: install the package \
         `postgresql` (Debian, Ubuntu: apt-get install postgresql), or name their directory in \
         DOCKET_POSTGRES_BIN"
    )]
    PostgresNotFound {
        /// The places that were searched.
        looked: String,
    },
    /// A program that Kafka needs is missing.
    #[error(
        "could not run `{program}`, which a private Kafka needs: install {packages}; or, for tests, \
         name a running broker in DOCKET_KAFKA (HOST:PORT)"
    )]
    ProgramNotFound {
        /// The program as it was called.
        program: String,
        /// Packages that bring it.
        packages: &'static str,
        /// Why it could not be run.
        source: io::Error,
    },
    /// Maven could not fetch Kafka.
    #[error(
        "Maven could not fetch Kafka; name an unpacked one in KAFKA_HOME, or a running broker in \
         DOCKET_KAFKA. Maven said:\n{output}"
    )]
    Fetch {
        /// What Maven printed.
        output: String,
    },
    /// The user that must run the server can't reach its directory.
    #[error(
        "user `{user}` runs PostgreSQL (it refuses to run as root) and may not pass through \
         {directory}, so it can't reach {path}: choose a data directory elsewhere, or allow it \
         with `chmod o+x {directory}`"
    )]
    NotTraversable {
        /// The wanted directory.
        path: PathBuf,
        /// Its first parent that is closed.
        directory: PathBuf,
        /// The user that would run the server.
        user: String,
    },
    /// The directory holds something that is not ours.
    #[error(
        "{path} belongs to another user and is not empty: choose a directory of its own for the \
         server's data"
    )]
    ForeignDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Another process runs a server on this directory.
    #[error(
        "{path} is in use by another running instance: stop that one, or choose another directory"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The server ended when it should have begun.
    #[error("{program} ended while starting ({status}); its log is {}, and ends:\n{tail}", log.display())]
    Died {
        /// What ended.
        program: String,
        /// How.
        status: ExitStatus,
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server runs but did not get ready.
    #[error("{program} was not ready after {seconds} s; its log is {}, and ends:\n{tail}", log.display())]
    NotReady {
        /// What is not ready.
        program: String,
        /// How long it was waited for.
        seconds: u64,
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The broker is somebody else's (`DOCKET_KAFKA`), so it can't be stopped from here.
    #[error("the broker at {bootstrap} is not ours: it can't be stopped or started from here")]
    NotOurs {
        /// Where it listens.
        bootstrap: String,
    },
    /// The operating system refused something.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// A verb: `create`, `read`...
        doing: &'static str,
        /// Of what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server refused a statement (only [`testing`](crate::testing) sends any).
    #[error("the private PostgreSQL refused to create a database")]
    Sql(#[from] sqlx::Error),
}

impl Error {
    /// For `map_err`: what was being done to which path.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}
