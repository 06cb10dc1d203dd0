//! The connections to one generation of the view, and what columns hold.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Connection as _;
use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::config::QueryConfig;

/// How long a connection may lie idle and still be taken for alive.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);

/// A pool that sees one generation, never writes, and gives up on slow queries. Connects when it
/// is first used.
pub(crate) fn open(config: &QueryConfig) -> Result<PgPool, docket_migrations::Error> {
    let statement_timeout = config.statement_timeout_ms.to_string();
    let options = docket_migrations::connect_options(&config.url, &config.schema)?
        .application_name("docket query-api")
        .options([
            ("default_transaction_read_only", "on"),
            ("statement_timeout", statement_timeout.as_str()),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(config.connections_max)
        .acquire_timeout(config.connect_timeout())
        // A ping before every query would double its round trips; one that lay idle may have died
        // with a server that was restarted since.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                let fresh = meta.idle_for < IDLE_UNTESTED;
                Ok(fresh || connection.ping().await.is_ok())
            })
        })
        .connect_lazy_with(options))
}

/// A time that there may be none of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct MaybeTime(Option<Timestamp>);

impl From<Option<jiff_sqlx::Timestamp>> for MaybeTime {
    fn from(time: Option<jiff_sqlx::Timestamp>) -> Self {
        Self(time.map(jiff_sqlx::Timestamp::to_jiff))
    }
}
