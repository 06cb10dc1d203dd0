//! The connections to one generation of the view, and what columns hold.

use std::io;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions, Postgres};
use tokio::time::timeout;

use crate::config::QueryConfig;

/// How long a connection may lie idle and still be taken for alive.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);

/// The connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pool: PgPool,
    /// Longer than any query takes that gets an answer.
    answer_within: Duration,
}

impl Connections {
    /// They see one generation, never write, and give up on slow queries. Connects when one is first
    /// used.
    pub(crate) fn open(config: &QueryConfig) -> Result<Self, docket_migrations::Error> {
        let statement_timeout = config.statement_timeout_ms.to_string();
        let options = docket_migrations::connect_options(&config.url, &config.schema)?
            .application_name("docket query-api")
            .options([
                ("default_transaction_read_only", "on"),
                ("statement_timeout", statement_timeout.as_str()),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(config.connections_max)
            .acquire_timeout(config.connect_timeout())
            // A ping before every query would double its round trips; one that lay idle may have
            // died with a server that was restarted since.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    let fresh = meta.idle_for < IDLE_UNTESTED;
                    Ok(fresh || connection.ping().await.is_ok())
                })
            })
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            answer_within: config.connect_timeout() + config.statement_timeout(),
        })
    }

    /// One of them, for a query.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Lent> {
        // Boxed, since every query has one in its future.
        Ok(Lent {
            connection: Box::pin(self.pool.acquire()).await?,
            back_within: self.answer_within,
        })
    }

    /// Waits for an answer no longer than one may take: the server's own limit ends slow queries,
    /// but nothing comes of it from a server that is frozen or cut off.
    pub(crate) async fn answered<T>(
        &self,
        question: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        let answer = timeout(self.answer_within, question).await;
        answer.unwrap_or_else(|_| {
            let text = format!("no answer within {} ms", self.answer_within.as_millis());
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        })
    }
}

/// A connection until it is dropped, by whoever has the answer or waits no more for it.
///
/// The pool then reads what is still to come, and asks it for a sign of life, without a limit; for
/// that long it counts as one of them. With those that were cut off all places would be gone for
/// ever. So one that isn't back in time is closed.
#[derive(Debug)]
pub(crate) struct Lent {
    connection: PoolConnection<Postgres>,
    back_within: Duration,
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // What the pool's own guard does when it is dropped; then there is nothing left for it.
        let back = self.connection.return_to_pool();
        tokio::spawn(timeout(self.back_within, back));
    }
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
