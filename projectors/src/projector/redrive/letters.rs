//! A parked stream's records as they lie in the tables. Whoever changes them holds the checkpoint.

use bytes::Bytes;
use docket_event_log::packed::Headers;
use docket_event_log::{Hash, Partition, Record, Sequence};
use sqlx::Error as SqlError;
use sqlx::postgres::PgConnection;

/// How many one transaction takes; the view's partition waits for that long.
pub(super) const AT_ONCE: i64 = 500;

/// The first of them, in the log's order.
pub(super) async fn first(
    connection: &mut PgConnection,
    partition: Partition,
    stream: &str,
) -> Result<Vec<Record>, SqlError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        sequence: i64,
        key: Vec<u8>,
        headers: Vec<u8>,
        data: Vec<u8>,
        hash: Vec<u8>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT sequence, key, headers, data, hash FROM dead_letter
         WHERE partition = $1 AND stream = $2 ORDER BY sequence LIMIT $3",
    )
    .bind(i32::from(partition.0))
    .bind(stream)
    .bind(AT_ONCE)
    .fetch_all(connection)
    .await?;
    let record = |row: Row| {
        let previous = Headers::new(&row.headers).find(|(name, _)| *name == "ce_previous");
        Record {
            previous: previous
                .and_then(|(_, hex)| Hash::from_hex(hex))
                .unwrap_or(Hash::ZERO),
            hash: row.hash.try_into().map_or(Hash::ZERO, Hash),
            key: Bytes::from(row.key),
            packed: Bytes::from(row.headers),
            traceparent: None,
            data: Bytes::from(row.data),
            sequence: Sequence(row.sequence as u64),
        }
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Those up to there are in the view now.
pub(super) async fn delete(
    connection: &mut PgConnection,
    partition: Partition,
    stream: &str,
    upto: Option<Sequence>,
) -> Result<u64, SqlError> {
    let Some(upto) = upto else {
        return Ok(0);
    };
    let deleted = sqlx::query(
        "DELETE FROM dead_letter WHERE partition = $1 AND stream = $2 AND sequence <= $3",
    )
    .bind(i32::from(partition.0))
    .bind(stream)
    .bind(upto.0 as i64)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

/// Says where the stream stands still now, and why.
pub(super) async fn stays(
    connection: &mut PgConnection,
    partition: Partition,
    stream: &str,
    sequence: i64,
    error: &str,
) -> Result<(), SqlError> {
    for sql in [
        "UPDATE parked_stream SET since_sequence = $3, error = $4
         WHERE partition = $1 AND stream = $2",
        "UPDATE dead_letter SET error = $4
         WHERE partition = $1 AND stream = $2 AND sequence = $3",
    ] {
        sqlx::query(sql)
            .bind(i32::from(partition.0))
            .bind(stream)
            .bind(sequence)
            .bind(error)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Nothing of the stream waits any more.
pub(super) async fn unpark(
    connection: &mut PgConnection,
    partition: Partition,
    stream: &str,
) -> Result<(), SqlError> {
    sqlx::query("DELETE FROM parked_stream WHERE partition = $1 AND stream = $2")
        .bind(i32::from(partition.0))
        .bind(stream)
        .execute(connection)
        .await?;
    Ok(())
}
