//! All SQL that makes tables, and how a schema of it comes to be.
//!
//! Every set of tables lives in a Postgres schema that its user names; the SQL itself never
//! qualifies a name, the connection's `search_path` does. [`prepare`] may be called by any number
//! of processes at once and any number of times.

use std::str::FromStr;
use std::sync::LazyLock;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// A log in Postgres: its records.
pub static EVENT_LOG: Migrator = sqlx::migrate!("./event_log");

/// A generation of the read model: tickets, timeline, people, the catalogue, checkpoints, parked
/// streams.
pub static READ_MODEL: LazyLock<Migrator> = LazyLock::new(|| view(&sqlx::migrate!("./read_model")));

/// A generation of the outbox: notifications, and whom they concern.
pub static OUTBOX: LazyLock<Migrator> = LazyLock::new(|| view(&sqlx::migrate!("./outbox")));

/// A generation of the routing view: the queue, and what routers decided.
pub static ROUTING: LazyLock<Migrator> = LazyLock::new(|| view(&sqlx::migrate!("./routing")));

/// A generation of the survey view: who was asked, and what they answered.
pub static SURVEY: LazyLock<Migrator> = LazyLock::new(|| view(&sqlx::migrate!("./survey")));

/// What became of each notification; of no generation.
pub static DELIVERY: Migrator = sqlx::migrate!("./delivery");

/// What every view begins with: how far its projector is, and what it could not apply.
/// Its own SQL begins with number 2.
static PROGRESS: Migrator = sqlx::migrate!("./progress");

fn view(tables: &Migrator) -> Migrator {
    let progress = PROGRESS.iter().cloned();
    Migrator::with_migrations(progress.chain(tables.iter().cloned()).collect())
}

/// Why a schema could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a name we put into SQL.
    #[error(
        "{0:?} is not a schema name: 1 to 63 lower-case letters, digits and underscores are, with a letter or underscore first"
    )]
    SchemaName(String),
    /// The URL can't be read, or the database can't be reached or refuses.
    #[error("the database can't be used")]
    Database(#[from] sqlx::Error),
    /// A migration failed, or the schema was made by another version.
    #[error("schema {schema} can't be brought up to date")]
    Migrate {
        /// The schema.
        schema: String,
        /// Why.
        source: MigrateError,
    },
}

/// Options for connections that see the tables of one schema, and only those.
pub fn connect_options(url: &str, schema: &str) -> Result<PgConnectOptions, Error> {
    connect_options_to(url, &[schema])
}

/// Options for connections that see the tables of several schemas; of two tables with one name the
/// one in the earlier schema.
pub fn connect_options_to(url: &str, schemas: &[&str]) -> Result<PgConnectOptions, Error> {
    schemas.iter().try_for_each(|schema| check_name(schema))?;
    Ok(PgConnectOptions::from_str(url)?.options([("search_path", schemas.join(","))]))
}

/// Makes the schema unless it is there and brings its tables up to date.
pub async fn prepare(url: &str, schema: &str, migrator: &Migrator) -> Result<(), Error> {
    let mut connection = connect_options(url, schema)?.connect().await?;
    let done = prepare_with(&mut connection, schema, migrator).await;
    // A close that fails changes nothing about what was done.
    let _ = connection.close().await;
    done
}

async fn prepare_with(
    connection: &mut PgConnection,
    schema: &str,
    migrator: &Migrator,
) -> Result<(), Error> {
    // `IF NOT EXISTS` is no protection against two that create at once: both look, both insert, and
    // one fails on the catalogue's unique index. The lock is the session's and ends with it.
    sqlx::query("SELECT pg_advisory_lock(hashtext($1))")
        .bind(format!("docket schema {schema}"))
        .execute(&mut *connection)
        .await?;
    sqlx::query(AssertSqlSafe(format!(
        "CREATE SCHEMA IF NOT EXISTS {schema}"
    )))
    .execute(&mut *connection)
    .await?;
    // Not `run`: with its `Acquire` no caller's future would be `Send`.
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(|source| Error::Migrate {
            schema: schema.to_owned(),
            source,
        })
}

fn check_name(schema: &str) -> Result<(), Error> {
    let mut letters = schema.bytes();
    let first = letters.next();
    let good = schema.len() <= 63
        && first.is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if good {
        Ok(())
    } else {
        Err(Error::SchemaName(schema.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_get_into_sql() {
        for good in ["read_model_1", "_x", "a"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "Read", "a-b", "a\"; DROP", "a,b", &"a".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
