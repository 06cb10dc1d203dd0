//! The embedded default: one Postgres schema with one table of records.
//!
//! The compare is part of the INSERT: a batch is stored if and only if its first record extends
//! the partition's last one, and the primary key settles what two statements saw at once. So
//! losers are never stored and there is no noise. The records, their hashes and the chain rule
//! are those of every other log; readers check them all the same.

mod append;
mod server;
mod tail;
mod wake;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use self::server::Server;
use self::wake::Wake;
use crate::config::default_partitions;
use crate::cursor::{Cursor, LogId, Partition, Place};
use crate::error::{Error, Setting, Source};
use crate::genesis;
use crate::port::{EventLog, LogIdentity, RawReader};
use crate::record::Record;

/// Section `log.postgres`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    /// `postgres://user@host/database`; a Unix socket as `?host=/directory`.
    pub url: String,
    /// The schema that holds this log and nothing else.
    #[serde(default = "default_schema")]
    pub schema: String,
    /// Fixed when the log is made.
    #[serde(default = "default_partitions")]
    pub partitions: u16,
    /// Whether to make the schema and its table where there are none.
    #[serde(default = "yes")]
    pub create: bool,
    /// Set by tools that only read: nothing is made, no genesis either. What is empty is an error.
    #[serde(skip)]
    pub read_only: bool,
    /// The most connections this process opens for the log.
    #[serde(default = "default_connections_max")]
    pub connections_max: u32,
    /// How long the server may take for an answer: an append without one is in doubt then, and is
    /// settled; a read is repeated on another connection.
    #[serde(default = "default_answer_within_ms")]
    pub answer_within_ms: u64,
}

fn default_schema() -> String {
    "event_log".to_owned()
}

const fn yes() -> bool {
    true
}

const fn default_connections_max() -> u32 {
    16
}

const fn default_answer_within_ms() -> u64 {
    30_000
}

impl PostgresConfig {
    /// The defaults over a server and a schema.
    pub fn new(url: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            schema: schema.into(),
            partitions: default_partitions(),
            create: true,
            read_only: false,
            connections_max: default_connections_max(),
            answer_within_ms: default_answer_within_ms(),
        }
    }
}

/// A log in Postgres.
#[derive(Debug)]
pub struct PostgresLog {
    server: Server,
    wake: Arc<Wake>,
    identity: LogIdentity,
}

impl PostgresLog {
    /// Opens the log; makes its table and its genesis records where there are none.
    pub async fn open(config: &PostgresConfig) -> Result<Self, Error> {
        let name = format!("schema `{}`", config.schema);
        let unavailable =
            |source: Source| Error::unavailable(format!("opening the log in {name}"), source);
        // Waiting for the server wouldn't help here.
        let options = docket_migrations::connect_options(&config.url, &config.schema)
            .map_err(|error| Error::Config(format!("log.postgres: {}", full(&error))))?;
        if config.create && !config.read_only {
            docket_migrations::prepare(&config.url, &config.schema, &docket_migrations::EVENT_LOG)
                .await
                .map_err(|error| unavailable(error.into()))?;
        }
        let pool = PgPoolOptions::new()
            .max_connections(config.connections_max)
            .acquire_timeout(Duration::from_secs(5))
            // A connection that a restart of the server broke is replaced when it is met.
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(|error| unavailable(error.into()))?;
        check_durability(&pool).await?;

        let server = Server::new(pool, Duration::from_millis(config.answer_within_ms));
        let wake = Wake::shared(&config.url, &config.schema, config.partitions, &server);
        let identity = LogIdentity {
            log_id: LogId(uuid::Uuid::nil()),
            partitions: config.partitions,
        };
        let mut log = Self {
            server,
            wake,
            identity,
        };
        let name = format!("the log in {name}");
        log.identity = genesis::establish(&log, &name, config.partitions, config.read_only).await?;
        Ok(log)
    }
}

/// With what it came from, since [`Error::Config`] has no source.
fn full(error: &docket_migrations::Error) -> String {
    std::error::Error::source(error).map_or(error.to_string(), |cause| format!("{error}: {cause}"))
}

/// A commit that Postgres acknowledges must survive a crash, or what was read back may be gone.
async fn check_durability(pool: &PgPool) -> Result<(), Error> {
    let unavailable = |error| Error::unavailable("reading Postgres's settings", error);
    let mut wrong = Vec::new();
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(pool)
            .await
            .map_err(unavailable)?;
        if value == "off" {
            wrong.push(Setting {
                of: "the Postgres server".to_owned(),
                name: name.to_owned(),
                value,
                needed: "on".to_owned(),
                fix: format!("ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"),
            });
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Settings {
        log: "Postgres".to_owned(),
        settings: wrong,
    })
}

impl EventLog for PostgresLog {
    fn identity(&self) -> &LogIdentity {
        &self.identity
    }

    fn append(
        &self,
        partition: Partition,
        mut records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let (server, wake) = (self.server.clone(), Arc::clone(&self.wake));
        let log_id = self.identity.log_id;
        // A task of its own: the caller may drop the future, and the append goes on.
        let task = tokio::spawn(async move {
            if let Some(end) = append::insert(&server, log_id, partition, &records).await? {
                let stored = end.0 - records[0].sequence.0;
                records.truncate(stored as usize);
                wake.hand(partition, end, records);
            }
            Ok::<_, sqlx::Error>(())
        });
        async move {
            let unknown = |source| Error::AppendUnknown { partition, source };
            match task.await {
                Ok(stored) => stored.map_err(|error| unknown(error.into())),
                Err(error) => Err(unknown(error.into())),
            }
        }
        .boxed()
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        let readers = from
            .iter()
            .map(|cursor| tail::reader(&self.server, &self.wake, cursor))
            .collect();
        std::future::ready(Ok(readers)).boxed()
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        async move {
            let end = tail::end(&self.server, partition).await.map_err(|error| {
                Error::unavailable(
                    format!("asking for the end of partition {partition}"),
                    error,
                )
            })?;
            self.wake.raise(partition, end);
            Ok(end)
        }
        .boxed()
    }
}
