//! Storing a batch, if it extends the head.

use bytes::BytesMut;
use docket_schemas::attributes::header;
use docket_schemas::control::{Closed, Opened};

use super::server::Server;
use crate::chain::{self, Verdict};
use crate::cursor::{Cursor, Head, LogId, Partition, Place, Sequence};
use crate::packed::put;
use crate::port::RawEntry;
use crate::record::Record;

/// The batch is stored whole or not at all. The guard sees the head as it was when the statement
/// began; if another append gets in between, the primary key refuses this one. Nothing but `opened`
/// extends `closed`.
const INSERT: &str = "
    INSERT INTO record (partition, sequence, hash, previous, key, packed, traceparent, data)
    SELECT $1, $2 + ordinal - 1, hash, previous, key, packed, traceparent, data
    FROM unnest($4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
        WITH ORDINALITY AS batch (hash, previous, key, packed, traceparent, data, ordinal)
    WHERE NOT EXISTS (SELECT FROM record WHERE partition = $1 AND sequence >= $2)
      AND ($2 = 0 OR EXISTS
          (SELECT FROM record WHERE partition = $1 AND sequence = $2 - 1 AND hash = $3
           AND ($10 OR position($11 IN packed) = 0)))";

/// Stores the records that extend each other, from the first one, if that one extends the head.
/// Returns the new end, or `None` if nothing was stored because it would be noise.
pub(super) async fn insert(
    server: &Server,
    log_id: LogId,
    partition: Partition,
    records: &[Record],
) -> Result<Option<Place>, sqlx::Error> {
    let records = sound(log_id, partition, records);
    let Some(first) = records.first() else {
        return Ok(None);
    };
    let column = |value: fn(&Record) -> &[u8]| records.iter().map(value).collect::<Vec<_>>();
    let traceparents: Vec<Option<&[u8]>> = records
        .iter()
        .map(|record| record.traceparent.as_deref())
        .collect();
    let insert = sqlx::query(INSERT)
        .bind(partition.0 as i16)
        .bind(first.sequence.0 as i64)
        .bind(&first.previous.0[..])
        .bind(column(|record| &record.hash.0))
        .bind(column(|record| &record.previous.0))
        .bind(column(|record| &record.key))
        .bind(column(|record| &record.packed))
        .bind(traceparents)
        .bind(column(|record| &record.data))
        .bind(first.kind() == Opened::TYPE)
        .bind(closed_type().to_vec());
    let stored = server.ask(async |connection| insert.execute(&mut **connection).await);
    match stored.await {
        Ok(result) if result.rows_affected() > 0 => {
            Ok(Some(Place(first.sequence.0 + result.rows_affected())))
        }
        Ok(_) => Ok(None),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The front of a batch that would be valid if its first record extended the head. A row that
/// isn't valid would lie in the way of all that come after it.
fn sound(log_id: LogId, partition: Partition, records: &[Record]) -> &[Record] {
    let entry = |record: &Record| RawEntry::of(record, Place(0));
    let Some(first) = records.first() else {
        return &[];
    };
    let Some(before) = first.sequence.0.checked_sub(1) else {
        // The log's id may only now come to be.
        let is_genesis = matches!(chain::genesis_of(partition, &entry(first)), Ok(Some(_)));
        return &records[..usize::from(is_genesis)];
    };
    let mut cursor = Cursor::start(log_id, partition);
    cursor.head = Some(Head {
        sequence: Sequence(before),
        hash: first.previous,
    });
    let extends = |record: &&Record| match chain::classify(&cursor, &entry(record)) {
        Ok(Verdict::Valid(record, fact)) => {
            cursor.advance(&record, fact.as_ref(), Place(0));
            true
        }
        _ => false,
    };
    &records[..records.iter().take_while(extends).count()]
}

/// A `closed` record's type as it stands in the packed block.
fn closed_type() -> BytesMut {
    let mut bytes = BytesMut::new();
    put(&mut bytes, header::TYPE.as_bytes());
    put(&mut bytes, Closed::TYPE.as_bytes());
    bytes
}
