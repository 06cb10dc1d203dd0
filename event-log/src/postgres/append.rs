//! Storing a batch, if it extends the head.

use sqlx::PgPool;

use crate::cursor::{Partition, Place};
use crate::hash::Hash;
use crate::record::Record;

/// The batch is stored whole or not at all. The guard sees the head as it was when the statement
/// began; if another append gets in between, the primary key refuses this one.
const INSERT: &str = "
    INSERT INTO record (partition, sequence, hash, previous, key, packed, traceparent, data)
    SELECT $1, $2 + ordinal - 1, hash, previous, key, packed, traceparent, data
    FROM unnest($4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[])
        WITH ORDINALITY AS batch (hash, previous, key, packed, traceparent, data, ordinal)
    WHERE NOT EXISTS (SELECT FROM record WHERE partition = $1 AND sequence >= $2)
      AND ($2 = 0 OR EXISTS
          (SELECT FROM record WHERE partition = $1 AND sequence = $2 - 1 AND hash = $3))";

/// Stores the records that extend each other, from the first one, if that one extends the head.
/// Returns the new end, or `None` if nothing was stored because it would be noise.
pub(super) async fn insert(
    pool: &PgPool,
    partition: Partition,
    records: &[Record],
) -> Result<Option<Place>, sqlx::Error> {
    let records = chained(records);
    let Some(first) = records
        .first()
        .filter(|first| (first.sequence.0 == 0) == (first.previous == Hash::ZERO))
    else {
        return Ok(None);
    };
    let column = |value: fn(&Record) -> &[u8]| records.iter().map(value).collect::<Vec<_>>();
    let traceparents: Vec<Option<&[u8]>> = records
        .iter()
        .map(|record| record.traceparent.as_deref())
        .collect();
    let stored = sqlx::query(INSERT)
        .bind(partition.0 as i16)
        .bind(first.sequence.0 as i64)
        .bind(&first.previous.0[..])
        .bind(column(|record| &record.hash.0))
        .bind(column(|record| &record.previous.0))
        .bind(column(|record| &record.key))
        .bind(column(|record| &record.packed))
        .bind(traceparents)
        .bind(column(|record| &record.data))
        .execute(pool)
        .await;
    match stored {
        Ok(result) if result.rows_affected() > 0 => {
            Ok(Some(Place(first.sequence.0 + result.rows_affected())))
        }
        Ok(_) => Ok(None),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The front of a batch up to where a record doesn't extend the one before: what comes after it
/// could never be valid.
fn chained(records: &[Record]) -> &[Record] {
    let extends = |pair: &[Record]| {
        pair[1].previous == pair[0].hash && pair[1].sequence.0 == pair[0].sequence.0 + 1
    };
    let length = records.windows(2).take_while(|pair| extends(pair)).count();
    &records[..records.len().min(length + 1)]
}
