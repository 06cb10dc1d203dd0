//! Asking a server that may never answer: a host that vanished sends no word that it is gone, and
//! its connections wait for ever.

use std::io;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};

/// The connections, and how long an answer may take.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pool: PgPool,
    answer_within: Duration,
}

impl Server {
    pub(super) fn new(pool: PgPool, answer_within: Duration) -> Self {
        Self {
            pool,
            answer_within,
        }
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> u32 {
        self.pool.size()
    }

    /// Asks on a connection of the pool. One that gave no answer in time is closed, not given back:
    /// nobody else would get one there either. What was asked may still be done.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut PoolConnection<Postgres>) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        let mut connection = self.pool.acquire().await?;
        let answer = tokio::time::timeout(self.answer_within, question(&mut connection)).await;
        answer.unwrap_or_else(|_| {
            drop(connection.detach());
            let text = format!("no answer within {} ms", self.answer_within.as_millis());
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        })
    }
}
