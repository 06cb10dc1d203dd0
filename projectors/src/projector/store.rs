//! The view's database: where a partition's projection stands, and the one transaction that moves
//! rows and checkpoint together.
//!
//! Guarantee: a batch changes the view once or not at all, whoever else projects the same
//! partition into the same generation, and whatever became of an earlier attempt to commit it.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use docket_event_log::{Cursor, Hash, Head, Incarnation, LogId, Partition, Place, Sequence};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{Acquire as _, Error as SqlError};
use uuid::Uuid;

use super::batch::{Batch, DeadLetter, Parked};
use super::sql::{nothing, table_writer};
use super::{Error, View, ViewConfig};

/// How many times as long as for a connection to wait for a piece of work.
const WORK_TIMEOUTS: u32 = 6;

/// A generation of a view.
#[derive(Clone, Debug)]
pub(crate) struct Store<V: View> {
    pub(super) pool: PgPool,
    config: ViewConfig<V>,
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// Rows and checkpoint have moved.
    Moved(Summary),
    /// Somebody else moved the checkpoint; nothing was changed.
    Overtaken,
}

/// What a batch came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Rows written, of the view's own tables.
    pub(crate) rows: usize,
    /// Streams parked, with the error.
    pub(crate) parked: Vec<(String, String)>,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.parked.extend(other.parked);
    }
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    partition: i32,
    log_id: Uuid,
    incarnation: Uuid,
    next: i64,
    head_at: i64,
    sequence: Option<i64>,
    head: Option<Vec<u8>>,
    closed: bool,
}

impl<V: View> Store<V> {
    /// A pool of connections to a generation's tables, wherever they are.
    pub(crate) fn connect(config: &ViewConfig<V>) -> Result<Self, Error> {
        let patience = patience(config).as_millis().to_string();
        let options = docket_migrations::connect_options(&config.url, &config.schema)?
            .application_name(&format!("docket projector {}", V::NAME))
            // Rows and checkpoint are one transaction, so a commit that a crash of the server
            // loses is simply projected again from the log: no reason to wait for its disk.
            .options([("synchronous_commit", "off")])
            // Of a projector that was cut off nothing else would tell the server, and its transaction
            // would keep the checkpoint locked.
            .options([("idle_in_transaction_session_timeout", patience)]);
        let pool = PgPoolOptions::new()
            .max_connections(config.connections_max)
            .acquire_timeout(config.connect_timeout())
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            config: config.clone(),
        })
    }

    /// The cursors of all partitions of a log; tables and cursors are made where there are none.
    pub(crate) async fn cursors(&self, log: LogId, partitions: u16) -> Result<Vec<Cursor>, Error> {
        let ViewConfig { url, schema, .. } = &self.config;
        docket_migrations::prepare(url, schema, V::migrator()).await?;
        let all: Vec<i32> = (0..i32::from(partitions)).collect();
        sqlx::query(
            "INSERT INTO checkpoint (partition, log_id, incarnation, next, head_at, closed)
             SELECT partition, $2, $2, 0, 0, false FROM UNNEST($1::integer[]) AS partition
             ON CONFLICT (partition) DO NOTHING",
        )
        .bind(&all)
        .bind(log.0)
        .execute(&self.pool)
        .await?;
        let rows: Vec<CheckpointRow> = sqlx::query_as(
            "SELECT partition, log_id, incarnation, next, head_at, sequence, head, closed
             FROM checkpoint ORDER BY partition",
        )
        .fetch_all(&self.pool)
        .await?;
        if let Some(other) = rows.iter().find(|row| row.log_id != log.0) {
            return Err(Error::OtherLog {
                view: other.log_id,
                log: log.0,
            });
        }
        if rows.len() != all.len() {
            return Err(Error::OtherPartitions {
                view: rows.len(),
                log: partitions,
            });
        }
        rows.into_iter().map(cursor).collect()
    }

    /// The cursor of one partition.
    pub(crate) async fn cursor(&self, partition: Partition) -> Result<Cursor, Error> {
        let row = self.work(self.patience(), async |connection| {
            sqlx::query_as(
                "SELECT partition, log_id, incarnation, next, head_at, sequence, head, closed
                 FROM checkpoint WHERE partition = $1",
            )
            .bind(i32::from(partition.0))
            .fetch_one(connection)
            .await
        });
        cursor(row.await?)
    }

    /// How many streams of each partition are parked, where any are.
    pub(crate) async fn parked_streams(&self) -> Result<Vec<(i32, i64)>, SqlError> {
        let parked = self.work(self.patience(), async |connection| {
            sqlx::query_as("SELECT partition, count(*) FROM parked_stream GROUP BY partition")
                .fetch_all(connection)
                .await
        });
        parked.await
    }

    /// How long a piece of work may take before the database counts as down.
    pub(crate) fn patience(&self) -> Duration {
        patience(&self.config)
    }

    /// Works on a connection of the pool. A database that vanishes without a word (frozen, cut off)
    /// would never end it, nor fail; after that time the connection is closed, not given back: nobody
    /// else would get an answer there either. What was asked may still be done.
    async fn work<T>(
        &self,
        patience: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let mut connection = self.pool.acquire().await?;
        let done = tokio::time::timeout(patience, work(&mut connection)).await;
        done.unwrap_or_else(|_| {
            drop(connection.detach());
            let text = format!("no answer within {} ms", patience.as_millis());
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        })
    }

    /// Moves the view from one cursor to the next by the batch between them, in that time.
    pub(crate) async fn commit(
        &self,
        patience: Duration,
        from: &Cursor,
        to: &Cursor,
        batch: &Batch,
    ) -> Result<Committed, SqlError> {
        let committed = self.work(patience, async |connection| {
            let mut transaction = connection.begin().await?;
            // First the compare-and-set: its row lock holds off every other projector of this
            // partition until our commit, so that the rows read next can't change under us.
            if !advance(&mut transaction, from, to).await? {
                transaction.rollback().await?;
                return Ok(Committed::Overtaken);
            }
            let parked = parked(&mut transaction, batch).await?;
            let summary = apply::<V>(&mut transaction, batch, &parked).await?;
            transaction.commit().await?;
            Ok(Committed::Moved(summary))
        });
        committed.await
    }

    /// The same for a batch that the database refused as a whole: record by record, still in one
    /// transaction; the records that it refuses one by one are parked.
    pub(crate) async fn commit_singly(
        &self,
        patience: Duration,
        from: &Cursor,
        to: &Cursor,
        batch: &Batch,
    ) -> Result<Committed, SqlError> {
        let committed = self.work(patience, async |connection| {
            let mut transaction = connection.begin().await?;
            if !advance(&mut transaction, from, to).await? {
                transaction.rollback().await?;
                return Ok(Committed::Overtaken);
            }
            let mut parked = parked(&mut transaction, batch).await?;
            let mut summary = Summary::default();
            for single in batch.singles() {
                let done = apply_single::<V>(&mut transaction, single, &parked).await?;
                parked.extend(done.parked.iter().map(|(stream, _)| stream.clone()));
                summary.add(done);
            }
            transaction.commit().await?;
            Ok(Committed::Moved(summary))
        });
        committed.await
    }
}

/// Whether the generation isn't there (any more): its tables, or its checkpoints, which a crash of
/// the database may lose when they have only just been made.
pub(crate) fn is_gone(error: &SqlError) -> bool {
    const UNDEFINED_TABLE: &str = "42P01";
    match error {
        SqlError::RowNotFound => true,
        SqlError::Database(error) => error.code().is_some_and(|code| code == UNDEFINED_TABLE),
        _ => false,
    }
}

/// Whether the work took too long.
pub(crate) fn is_silence(error: &SqlError) -> bool {
    matches!(error, SqlError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

fn patience<V: View>(config: &ViewConfig<V>) -> Duration {
    WORK_TIMEOUTS * config.connect_timeout()
}

/// The streams that are parked. Asked under the checkpoint's lock, and each time, because an operator
/// may set some going again.
async fn parked(connection: &mut PgConnection, batch: &Batch) -> Result<HashSet<String>, SqlError> {
    if batch.len() == 0 {
        return Ok(HashSet::new());
    }
    let streams: Vec<String> =
        sqlx::query_scalar("SELECT stream FROM parked_stream WHERE partition = $1")
            .bind(i32::from(batch.partition().0))
            .fetch_all(connection)
            .await?;
    Ok(streams.into_iter().collect())
}

/// Whether the database refuses the data themselves, whenever they come: values out of range or
/// not representable (class 22), a constraint (23), too large for an index (54), not encodable.
pub(crate) fn is_refusal(error: &SqlError) -> bool {
    match error {
        SqlError::Database(error) => error
            .code()
            .is_some_and(|code| ["22", "23", "54"].contains(&&code[..2.min(code.len())])),
        SqlError::Encode(_) => true,
        _ => false,
    }
}

/// Applies one record, or parks its stream.
async fn apply_single<V: View>(
    connection: &mut PgConnection,
    single: Batch,
    parked: &HashSet<String>,
) -> Result<Summary, SqlError> {
    let mut savepoint = connection.begin().await?;
    let done = match apply::<V>(&mut savepoint, &single, parked).await {
        Err(error) if is_refusal(&error) => {
            savepoint.rollback().await?;
            savepoint = connection.begin().await?;
            apply::<V>(&mut savepoint, &single.refused(&error.to_string()), parked).await?
        }
        done => done?,
    };
    savepoint.commit().await?;
    Ok(done)
}

async fn apply<V: View>(
    connection: &mut PgConnection,
    batch: &Batch,
    parked: &HashSet<String>,
) -> Result<Summary, SqlError> {
    let rows = V::read(connection, &batch.touched(parked)).await?;
    let changes = batch.fold::<V>(rows, parked);
    let rows = V::write(connection, changes.rows).await?;
    insert_parked(connection, &changes.parked).await?;
    insert_dead_letters(connection, &changes.dead_letters).await?;
    Ok(Summary {
        rows,
        parked: changes
            .parked
            .into_iter()
            .map(|parked| (parked.stream, parked.error))
            .collect(),
    })
}

fn cursor(row: CheckpointRow) -> Result<Cursor, Error> {
    let partition = Partition(row.partition as u16);
    let head = match (row.sequence, row.head) {
        (Some(sequence), Some(hash)) => Some(Head {
            sequence: Sequence(sequence as u64),
            hash: Hash(
                hash.try_into()
                    .map_err(|_| Error::Checkpoint { partition })?,
            ),
        }),
        _ => None,
    };
    Ok(Cursor {
        log_id: LogId(row.log_id),
        partition,
        next: Place(row.next as u64),
        head_at: Place(row.head_at as u64),
        head,
        incarnation: Incarnation(row.incarnation),
        closed: row.closed,
    })
}

/// Moves the checkpoint if it stands where `from` says.
async fn advance(
    connection: &mut PgConnection,
    from: &Cursor,
    to: &Cursor,
) -> Result<bool, sqlx::Error> {
    let sequence = |cursor: &Cursor| cursor.head.map(|head| head.sequence.0 as i64);
    let hash = |cursor: &Cursor| cursor.head.map(|head| head.hash.0.to_vec());
    let moved = sqlx::query(
        "UPDATE checkpoint
         SET incarnation = $6, next = $7, sequence = $8, head = $9, closed = $10, head_at = $11,
             moved_at = now()
         WHERE partition = $1 AND log_id = $2 AND next = $3
           AND sequence IS NOT DISTINCT FROM $4 AND head IS NOT DISTINCT FROM $5",
    )
    .bind(i32::from(from.partition.0))
    .bind(from.log_id.0)
    .bind(from.next.0 as i64)
    .bind(sequence(from))
    .bind(hash(from))
    .bind(to.incarnation.0)
    .bind(to.next.0 as i64)
    .bind(sequence(to))
    .bind(hash(to))
    .bind(to.closed)
    .bind(to.head_at.0 as i64)
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

table_writer!(PARKED, insert_parked, "parked_stream", Parked, nothing, {
    stream: "text" = stream,
    partition: "integer" = partition,
    since_sequence: "bigint" = since_sequence,
    error: "text" = error,
});

table_writer!(DEAD_LETTER, insert_dead_letters, "dead_letter", DeadLetter, nothing, {
    partition: "integer" = partition,
    sequence: "bigint" = sequence,
    stream: "text" = stream,
    type: "text" = kind,
    key: "bytea" = key,
    headers: "bytea" = headers,
    data: "bytea" = data,
    hash: "bytea" = hash,
    error: "text" = error,
});
