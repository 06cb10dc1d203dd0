//! Sets parked streams going again: applies their dead letters after a fix.
//!
//! Guarantee: a stream's letters change the view in the log's order, each once, together with their
//! leaving the dead letters, however often this is begun, broken off or run twice at once, and while
//! the view follows the log. A letter that still can't be applied stays, with all that follow it.

mod letters;

use std::collections::HashSet;

use docket_event_log::{Partition, Sequence};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::{Acquire as _, Error as SqlError};

use super::batch::Batch;
use super::store::{Store, is_refusal};
use super::{Error, View, ViewConfig};

/// The parked streams of a generation.
pub struct Parked(Box<dyn Redrive>);

/// A stream with a record that can't be applied, from which on everything waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, sqlx::FromRow)]
pub struct ParkedStream {
    /// Its partition.
    #[sqlx(try_from = "i32")]
    pub partition: u16,
    /// Its key.
    pub stream: String,
    /// The sequence of the record that can't be applied.
    pub since_sequence: i64,
    /// Its type.
    pub r#type: String,
    /// Why it can't.
    pub error: String,
    /// When the stream was parked.
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub parked_at: jiff::Timestamp,
    /// How many records wait, that one included.
    pub letters: i64,
}

/// What came of trying a stream again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Redriven {
    /// Records that were applied.
    pub applied: u64,
    /// Why it still is parked, if it is.
    pub still: Option<String>,
}

impl std::fmt::Debug for Parked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Parked").finish_non_exhaustive()
    }
}

impl Parked {
    pub(crate) async fn open<V: View>(config: &ViewConfig<V>) -> Result<Self, Error> {
        let store = Store::connect(config)?;
        let made: bool = sqlx::query_scalar("SELECT to_regclass('parked_stream') IS NOT NULL")
            .fetch_one(&store.pool)
            .await?;
        if !made {
            let schema = config.schema.clone();
            return Err(Error::NoView { schema });
        }
        Ok(Self(Box::new(store)))
    }

    /// All of them, by their place in the log.
    pub async fn list(&self) -> Result<Vec<ParkedStream>, Error> {
        self.0.list().await
    }

    /// Applies what waits of a stream, as far as it can be applied now. Of one that isn't parked (any
    /// more) that is nothing.
    pub async fn redrive(&self, partition: u16, stream: &str) -> Result<Redriven, Error> {
        let mut applied = 0;
        loop {
            let step = self.0.step(partition, stream.to_owned()).await?;
            applied += step.applied;
            if let After::Over(still) = step.after {
                return Ok(Redriven { applied, still });
            }
        }
    }
}

/// What a transaction came to.
struct Step {
    applied: u64,
    after: After,
}

enum After {
    /// There are more letters.
    More,
    /// The stream follows the log again, or it can't for this reason.
    Over(Option<String>),
}

/// A view's [`Store`], whichever view's.
trait Redrive: Send + Sync {
    fn list(&self) -> BoxFuture<'_, Result<Vec<ParkedStream>, Error>>;
    fn step(&self, partition: u16, stream: String) -> BoxFuture<'_, Result<Step, Error>>;
}

impl<V: View> Redrive for Store<V> {
    fn list(&self) -> BoxFuture<'_, Result<Vec<ParkedStream>, Error>> {
        sqlx::query_as(
            "SELECT p.partition, p.stream, p.since_sequence, first.type, p.error, p.parked_at,
                    (SELECT count(*) FROM dead_letter d
                     WHERE d.stream = p.stream AND d.partition = p.partition) AS letters
             FROM parked_stream p
             JOIN dead_letter first
               ON first.partition = p.partition AND first.sequence = p.since_sequence
             ORDER BY p.partition, p.since_sequence",
        )
        .fetch_all(&self.pool)
        .map(|read| read.map_err(Error::from))
        .boxed()
    }

    fn step(&self, partition: u16, stream: String) -> BoxFuture<'_, Result<Step, Error>> {
        async move { Ok(step(self, Partition(partition), &stream).await?) }.boxed()
    }
}

async fn step<V: View>(
    store: &Store<V>,
    partition: Partition,
    stream: &str,
) -> Result<Step, SqlError> {
    let mut transaction = store.pool.begin().await?;
    // The lock that a projector takes first of all: what follows neither changes under us, nor does
    // the projector take the stream for parked when it isn't any more.
    sqlx::query("SELECT 1 FROM checkpoint WHERE partition = $1 FOR UPDATE")
        .bind(i32::from(partition.0))
        .execute(&mut *transaction)
        .await?;
    let letters = letters::first(&mut transaction, partition, stream).await?;
    let last = letters.last().map(|letter| letter.sequence);
    let read = letters.len();
    let batch = Batch::decode::<V>(partition, letters);
    let failed = apply::<V>(&mut transaction, &batch).await?;
    let upto = match &failed {
        Some((sequence, _)) => Some(Sequence(*sequence as u64 - 1)),
        None => last,
    };
    let applied = letters::delete(&mut transaction, partition, stream, upto).await?;
    let after = match failed {
        Some((sequence, error)) => {
            letters::stays(&mut transaction, partition, stream, sequence, &error).await?;
            After::Over(Some(error))
        }
        None if read == letters::AT_ONCE as usize => After::More,
        None => {
            letters::unpark(&mut transaction, partition, stream).await?;
            After::Over(None)
        }
    };
    transaction.commit().await?;
    Ok(Step { applied, after })
}

/// Applies the batch; which record can't be applied, if one can't, and why: then all before it are.
async fn apply<V: View>(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<Option<(i64, String)>, SqlError> {
    let mut whole = connection.begin().await?;
    match apply_at_once::<V>(&mut whole, batch).await {
        Ok(failed) => {
            whole.commit().await?;
            return Ok(failed);
        }
        Err(error) if is_refusal(&error) => whole.rollback().await?,
        Err(error) => return Err(error),
    }
    for single in batch.singles() {
        let mut savepoint = connection.begin().await?;
        let failed = match apply_at_once::<V>(&mut savepoint, &single).await {
            Err(error) if is_refusal(&error) => {
                savepoint.rollback().await?;
                savepoint = connection.begin().await?;
                apply_at_once::<V>(&mut savepoint, &single.refused(&error.to_string())).await?
            }
            done => done?,
        };
        savepoint.commit().await?;
        if failed.is_some() {
            return Ok(failed);
        }
    }
    Ok(None)
}

async fn apply_at_once<V: View>(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<Option<(i64, String)>, SqlError> {
    let nothing_parked = HashSet::new();
    let rows = V::read(connection, &batch.touched(&nothing_parked)).await?;
    let changes = batch.fold::<V>(rows, &nothing_parked);
    V::write(connection, changes.rows).await?;
    let first = changes.parked.into_iter().next();
    Ok(first.map(|parked| (parked.since_sequence, parked.error)))
}
