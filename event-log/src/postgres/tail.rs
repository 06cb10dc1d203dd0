//! Reading a partition. A place is a sequence, since nothing but valid records is stored.

use std::cmp::Ordering;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tokio::sync::watch;

use super::server::Server;
use super::wake::{Heard, Wake};
use crate::cursor::{Cursor, Partition, Place, Sequence};
use crate::error::{Damage, Error};
use crate::hash::Hash;
use crate::port::{RawEntry, RawReader};
use crate::record::Record;

/// How many records one statement fetches at most.
const FETCH_RECORDS_MAX: i64 = 2_000;
/// The waits between attempts while the server is away.
const RETRY_MIN: Duration = Duration::from_millis(20);
const RETRY_MAX: Duration = Duration::from_secs(1);

/// The place just past the last record.
pub(super) async fn end(server: &Server, partition: Partition) -> Result<Place, sqlx::Error> {
    // After a restart of the server, connections that died with it are still in the pool: each is
    // met once.
    let mut broken = server.connections();
    loop {
        let query = sqlx::query_scalar::<_, i64>(
            "SELECT coalesce(max(sequence) + 1, 0) FROM record WHERE partition = $1",
        )
        .bind(partition.0 as i16);
        let answer = server.ask(async |connection| query.fetch_one(&mut **connection).await);
        match answer.await {
            Err(sqlx::Error::Io(error)) if broken > 0 && error.kind() != ErrorKind::TimedOut => {
                broken -= 1;
            }
            answer => return answer.map(|end| Place(end as u64)),
        }
    }
}

pub(super) fn reader(server: &Server, wake: &Arc<Wake>, cursor: &Cursor) -> Box<dyn RawReader> {
    let place = ReadPlace {
        server: server.clone(),
        partition: cursor.partition,
        next: cursor.reads_from(),
        last: None,
        ends: wake.subscribe(cursor.partition),
        _wake: Arc::clone(wake),
    };
    Box::new(PostgresReader {
        reading: place.read_on(),
    })
}

/// Keeps what it has begun when [`next`](RawReader::next) is dropped: whoever asks ten times a
/// second would otherwise never get the answer of a server that needs longer.
struct PostgresReader {
    reading: BoxFuture<'static, (ReadPlace, Result<Vec<RawEntry>, Error>)>,
}

impl RawReader for PostgresReader {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<RawEntry>, Error>> {
        async move {
            let (place, read) = (&mut self.reading).await;
            self.reading = place.read_on();
            read
        }
        .boxed()
    }
}

/// How far a reader has come.
struct ReadPlace {
    server: Server,
    partition: Partition,
    next: Place,
    /// The hash of the last record handed out.
    last: Option<Hash>,
    ends: watch::Receiver<Heard>,
    /// Keeps the polling alive.
    _wake: Arc<Wake>,
}

/// What was read, none if there is nothing; or what is wrong with the log.
type Read = Result<Vec<RawEntry>, Damage>;

impl ReadPlace {
    fn read_on(mut self) -> BoxFuture<'static, (Self, Result<Vec<RawEntry>, Error>)> {
        async move {
            let read = self.read().await;
            (self, read)
        }
        .boxed()
    }

    /// Waits for entries.
    async fn read(&mut self) -> Result<Vec<RawEntry>, Error> {
        let mut retry = RETRY_MIN;
        loop {
            let heard = self.ends.borrow_and_update().clone();
            let read = match heard.end.cmp(&self.next) {
                // The first it reads says what lies in the table, whoever stored it.
                Ordering::Greater => match heard.batch_at(self.next) {
                    Some(batch) if self.last.is_some() => Ok(self.take(batch)),
                    _ => self.fetch().await,
                },
                Ordering::Equal => Ok(Ok(Vec::new())),
                // News from before the last fetch; or the log is shorter than it was.
                Ordering::Less => self.check_end().await,
            };
            match read {
                Ok(Ok(entries)) if entries.is_empty() => {
                    if self.ends.changed().await.is_err() {
                        return std::future::pending().await;
                    }
                }
                Ok(entries) => return entries.map_err(Error::Damage),
                Err(error) if is_final(&error) => {
                    return Err(Error::unavailable(
                        format!("reading partition {}", self.partition),
                        error,
                    ));
                }
                Err(error) => {
                    let partition = self.partition.0;
                    tracing::warn!(partition, %error, "Postgres can't be read; trying again");
                    tokio::time::sleep(retry).await;
                    retry = (retry * 2).min(RETRY_MAX);
                }
            }
        }
    }

    async fn check_end(&self) -> sqlx::Result<Read> {
        let (partition, place) = (self.partition, self.next);
        let end = end(&self.server, partition).await?;
        if end >= place {
            return Ok(Ok(Vec::new()));
        }
        Ok(Err(Damage::Shorter {
            partition,
            place,
            end,
            next_sequence: Sequence(place.0),
        }))
    }

    /// What this process has just stored at this place.
    fn take(&mut self, batch: &[Record]) -> Read {
        let at = batch.iter().map(|record| Place(record.sequence.0));
        let entries = batch.iter().zip(at);
        let entries = entries.map(|(record, at)| RawEntry::of(record, at));
        let extended = batch.first().map(|record| record.previous);
        self.go_on(extended, entries.collect())
    }

    async fn fetch(&mut self) -> sqlx::Result<Read> {
        let query = sqlx::query(
            "SELECT sequence, hash, previous, key, packed, traceparent, data FROM record
             WHERE partition = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3",
        )
        .bind(self.partition.0 as i16)
        .bind(self.next.0 as i64)
        .bind(FETCH_RECORDS_MAX);
        let rows = self
            .server
            .ask(async |connection| query.fetch_all(&mut **connection).await);
        let rows = rows.await?;
        let entries = rows.iter().map(entry).collect::<Result<_, _>>()?;
        let extended = match rows.first() {
            Some(row) => hash(row, "previous")?,
            None => None,
        };
        Ok(self.go_on(extended, entries))
    }

    /// Only what extends its last record is stored, so what comes next extends the last one read:
    /// if not, the log was cut behind us and has grown again. `extended` is what the first entry
    /// extends.
    fn go_on(&mut self, extended: Option<Hash>, entries: Vec<RawEntry>) -> Read {
        let Some(last) = entries.last() else {
            return Ok(entries);
        };
        if let Some(expected) = self.last
            && extended != self.last
        {
            return Err(Damage::Diverged {
                partition: self.partition,
                sequence: Sequence(self.next.0 - 1),
                expected,
                found: extended,
            });
        }
        self.next = last.next();
        self.last = last.hash;
        Ok(entries)
    }
}

fn entry(row: &PgRow) -> Result<RawEntry, sqlx::Error> {
    let bytes = |column: &str| row.try_get::<Vec<u8>, _>(column).map(Bytes::from);
    Ok(RawEntry {
        at: Place(row.try_get::<i64, _>("sequence")? as u64),
        key: bytes("key")?,
        packed: bytes("packed")?,
        hash: hash(row, "hash")?,
        traceparent: row
            .try_get::<Option<Vec<u8>>, _>("traceparent")?
            .map(Bytes::from),
        data: bytes("data")?,
    })
}

fn hash(row: &PgRow, column: &str) -> sqlx::Result<Option<Hash>> {
    row.try_get::<&[u8], _>(column)
        .map(|bytes| bytes.try_into().ok().map(Hash))
}

/// Trying again doesn't help where the table is gone or isn't the one we know.
fn is_final(error: &sqlx::Error) -> bool {
    match error {
        // 42: no such table, column or right.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("42")),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => true,
        _ => false,
    }
}
