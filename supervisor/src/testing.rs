//! Servers for tests: one Postgres and one Kafka per test process, started by the first test that
//! asks, gone with the process however it ends, their directories with them.
//!
//! Tests share the servers and nothing in them: each takes a [`database`] of its own, and topics
//! under names of its own.

mod proxy;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{Error, Kafka, KafkaConfig, Postgres, PostgresConfig};

pub use proxy::Proxy;

type Shared<T> = OnceLock<Result<T, Arc<Error>>>;

/// The test process's Postgres.
///
/// # Panics
/// With the reason, when it can't be started: a test has nothing better to do.
pub async fn postgres() -> &'static Postgres {
    shared(&POSTGRES, || {
        let directory = directory("postgres");
        Postgres::start(&test_settings(PostgresConfig::new(directory)))
    })
    .await
}

/// The test process's Kafka of one broker; the one named in `DOCKET_KAFKA` if that is set.
///
/// # Panics
/// With the reason, when it can't be started.
pub async fn kafka() -> &'static Kafka {
    shared(&KAFKA, || match std::env::var("DOCKET_KAFKA") {
        Ok(bootstrap) => Ok(Kafka::running_at(bootstrap)),
        Err(_) => Kafka::start(&KafkaConfig::new(directory("kafka"))),
    })
    .await
}

/// The address of a new, empty database in the test process's Postgres.
pub async fn database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = postgres().await;
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    create_database(server, &name)
        .await
        .unwrap_or_else(|error| panic!("database {name}: {}", chain(&error)));
    server.database_url(&name)
}

/// Creates a database in any private Postgres.
pub async fn create_database(server: &Postgres, name: &str) -> Result<(), Error> {
    let mut connection = PgConnection::connect(&server.url()).await?;
    connection
        .execute(AssertSqlSafe(format!("create database {name}")))
        .await?;
    Ok(connection.close().await?)
}

/// A directory for one more private server of a test, under the test process's own one: made by
/// the server that uses it, removed with all the rest when the process ends.
pub fn directory(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    ROOT.get_or_init(Root::create)
        .path
        .join(format!("{name}-{count}"))
}

/// Settings for a server that many tests share, and that is not alone on its machine.
pub fn test_settings(config: PostgresConfig) -> PostgresConfig {
    config
        .setting("max_connections", "200")
        .setting("shared_buffers", "32MB")
        .setting("max_wal_size", "256MB")
        .setting("autovacuum_naptime", "10s")
}

static POSTGRES: Shared<Postgres> = OnceLock::new();
static KAFKA: Shared<Kafka> = OnceLock::new();
static ROOT: OnceLock<Root> = OnceLock::new();

/// Starts what `cell` is to hold, once for all the runtimes that the tests of a process have.
pub(crate) async fn shared<T: Send + Sync>(
    cell: &'static Shared<T>,
    start: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> &'static T {
    let started = tokio::task::spawn_blocking(|| cell.get_or_init(|| start().map_err(Arc::new)))
        .await
        .expect("starting a private server does not panic");
    match started {
        Ok(server) => server,
        Err(error) => panic!("{}", chain(error)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The test process's directory. Statics are never dropped, so a shell on a pipe removes it when
/// the process has ended; the servers' own watchdogs stop them at that same moment.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Held, not used: its end of the pipe is the sign of life.
    _janitor: Child,
}

impl Root {
    fn create() -> Self {
        let path = tempfile::Builder::new()
            .prefix("docket-test-")
            .tempdir()
            .expect("the temporary directory takes a directory")
            .keep();
        // The user that runs Postgres has to pass through.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(&path, open).expect("our own directory takes a mode");
        let janitor = janitor(&path);
        Self {
            path,
            _janitor: janitor,
        }
    }
}

/// Removes `path` after our end; servers that are just being stopped may still write into it.
fn janitor(path: &Path) -> Child {
    let script = "while read -r _; do :; done; n=0; \
                  while [ -e \"$1\" ] && [ $n -lt 300 ]; do \
                  rm -rf \"$1\" 2>/dev/null; sleep 0.1; n=$((n+1)); done";
    std::os::unix::process::CommandExt::process_group(
        Command::new("/bin/sh")
            .args(["-c", script, "janitor"])
            .arg(path),
        0,
    )
    .current_dir("/")
    .stdin(Stdio::piped())
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .expect("/bin/sh runs")
}
