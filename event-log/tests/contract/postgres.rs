//! The log in a real Postgres: a schema an arena. Each opening has connections and wake-ups of its
//! own, as another process would.

mod silent;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use docket_event_log::postgres::PostgresLog;
use docket_event_log::{
    Damage, Error, Hash, Log, Partition, Place, PostgresConfig, RawEntry, Reader, Sequence, packed,
};
use docket_schemas::attributes::header;
use docket_supervisor::{Postgres, PostgresConfig as Server, testing};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::arena::Arena;
use crate::support::*;

pub(crate) struct PostgresArena {
    url: String,
    schema: String,
}

fn count() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

impl Arena for PostgresArena {
    const KEEPS_NOISE: bool = false;

    async fn fresh() -> Self {
        let url = testing::postgres().await.url();
        Self {
            url,
            schema: format!("log_{}", count()),
        }
    }

    async fn open_with(&self, partitions: u16) -> Result<Log, Error> {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}application_name=log-{}", self.url, count());
        let config = PostgresConfig {
            partitions,
            connections_max: 3,
            ..PostgresConfig::new(url, &self.schema)
        };
        Ok(Arc::new(PostgresLog::open(&config).await?))
    }

    async fn rewrite(&self, partition: Partition, change: impl FnOnce(&mut Vec<RawEntry>)) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let table = format!("{}.record", self.schema);
        let select = format!(
            "SELECT sequence, hash, key, packed, traceparent, data FROM {table}
             WHERE partition = $1 ORDER BY sequence"
        );
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(partition.0 as i16)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let mut entries: Vec<RawEntry> = rows
            .iter()
            .map(|row| RawEntry {
                at: Place(row.get::<i64, _>(0) as u64),
                hash: row.get::<&[u8], _>(1).try_into().ok().map(Hash),
                key: row.get::<Vec<u8>, _>(2).into(),
                packed: row.get::<Vec<u8>, _>(3).into(),
                traceparent: row.get::<Option<Vec<u8>>, _>(4).map(Into::into),
                data: row.get::<Vec<u8>, _>(5).into(),
            })
            .collect();
        change(&mut entries);
        let mut transaction = connection.begin().await.unwrap();
        sqlx::query(AssertSqlSafe(format!(
            "DELETE FROM {table} WHERE partition = $1"
        )))
        .bind(partition.0 as i16)
        .execute(&mut *transaction)
        .await
        .unwrap();
        for (sequence, entry) in entries.iter().enumerate() {
            sqlx::query(AssertSqlSafe(format!(
                "INSERT INTO {table} (partition, sequence, hash, previous, key, packed, data)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)"
            )))
            .bind(partition.0 as i16)
            .bind(sequence as i64)
            .bind(entry.hash.map(|hash| hash.0.to_vec()).unwrap_or_default())
            .bind(
                previous(entry)
                    .map(|hash| hash.0.to_vec())
                    .unwrap_or_default(),
            )
            .bind(&entry.key[..])
            .bind(&entry.packed[..])
            .bind(&entry.data[..])
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
    }
}

/// What the entry extends.
fn previous(entry: &RawEntry) -> Option<Hash> {
    packed::Headers::new(&entry.packed)
        .find(|(name, _)| *name == header::PREVIOUS)
        .and_then(|(_, value)| Hash::from_hex(value))
}

fn private_server(name: &str) -> Postgres {
    Postgres::start(&testing::test_settings(Server::new(testing::directory(
        name,
    ))))
    .unwrap()
}

#[tokio::test]
async fn two_openings_in_one_process_wake_each_other() {
    let url = testing::postgres().await.url();
    let config = PostgresConfig::new(url, format!("log_{}", count()));
    let config = PostgresConfig {
        partitions: 2,
        ..config
    };
    let one: Log = Arc::new(PostgresLog::open(&config).await.unwrap());
    let other: Log = Arc::new(PostgresLog::open(&config).await.unwrap());
    let (mut writer, mut reader) = (writer(&one).await, reader(&other).await);
    read_on(&other, &mut reader).await;
    for _ in 0..50 {
        assert_won(append(&mut writer, &["1"]).await, 1);
        assert_eq!(reader.next().await.unwrap().records.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_may_lose_commits_is_refused() {
    for setting in ["synchronous_commit", "full_page_writes", "fsync"] {
        // Off for one database would do, but only for the first of them.
        let server = testing::test_settings(Server::new(testing::directory("unsafe")));
        let server = Postgres::start(&server.setting(setting, "off")).unwrap();
        let error = PostgresLog::open(&PostgresConfig::new(server.url(), "event_log"))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("{setting} of the Postgres server is off")),
            "{error}"
        );
        assert!(
            error.contains(&format!("ALTER SYSTEM SET {setting} = on")),
            "{error}"
        );
        server.stop();
    }
}

/// A log with five events, a reader at its end, and only the first two of them left in the table:
/// as after a restore of an older backup under a running process.
async fn restored_older() -> (Log, Reader) {
    let arena = PostgresArena::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2", "3", "4", "5"]).await, 5);
    let mut following = reader(&log).await;
    read_on(&log, &mut following).await;
    arena.rewrite(P, |entries| entries.truncate(3)).await;
    (log, following)
}

#[tokio::test]
async fn a_log_restored_older_under_a_reader_is_damage() {
    let (_log, mut following) = restored_older().await;
    let error = following.next().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Damage(Damage::Shorter {
                partition: P,
                place: Place(6),
                end: Place(3),
                next_sequence: Sequence(6),
            })
        ),
        "{error:?}"
    );
}

/// Its head is gone, so nothing that it sends could ever be stored.
#[tokio::test]
async fn a_writer_whose_log_was_restored_older_doesn_t_wait_for_ever() {
    let (log, following) = restored_older().await;
    let mut writer = writer_at(&log, following);
    writer.start_append(events(&["never"])).unwrap();
    let error = writer.next().await.unwrap_err();
    assert!(
        matches!(error, Error::Damage(Damage::Shorter { .. })),
        "{error:?}"
    );
}

/// Another process went on from the older records before anybody noticed.
#[tokio::test]
async fn a_log_restored_older_and_grown_again_is_damage() {
    let arena = PostgresArena::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2"]).await, 2);
    let fork = writer.cursor().clone();
    assert_won(append(&mut writer, &["3"]).await, 1);
    let head = writer.cursor().head.unwrap().hash;
    let others = sealed(&fork, events(&["another 3", "4"]));
    let other_head = others[0].hash;
    let others = others.iter().map(|record| RawEntry::of(record, Place(0)));
    arena
        .rewrite(P, |entries| {
            entries.truncate(3);
            entries.extend(others);
        })
        .await;
    let error = writer.next().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Damage(Damage::Diverged {
                partition: P,
                sequence: Sequence(3),
                expected,
                found: Some(found),
            }) if (expected, found) == (head, other_head)
        ),
        "{error:?}"
    );
}

/// The server is killed and started again under load; readers and writers go on by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_server_is_killed_and_started_again() {
    let mut server = private_server("restarted");
    let config = PostgresConfig {
        partitions: 2,
        ..PostgresConfig::new(server.url(), "event_log")
    };
    let log: Log = Arc::new(PostgresLog::open(&config).await.unwrap());
    let mut following = reader(&log).await;
    let mut writer = writer(&log).await;
    let (told, mut progress) = tokio::sync::watch::channel(0);
    let writing = tokio::spawn(async move {
        for number in 0..300 {
            while append(&mut writer, &[&number.to_string()]).await.won == 0 {}
            told.send_replace(number);
        }
    });
    progress.wait_for(|number| *number > 50).await.unwrap();
    tokio::task::spawn_blocking(move || {
        server.kill();
        server.restart().unwrap();
        server
    })
    .await
    .map(std::mem::forget)
    .unwrap();
    writing.await.unwrap();
    let wanted: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    assert_eq!(read_on(&log, &mut following).await.said(), wanted);
}

#[tokio::test]
async fn an_address_that_can_never_be_one_is_refused_and_not_waited_for() {
    let nowhere = PostgresConfig::new("postgres//no-colon", "event_log");
    let refused = PostgresLog::open(&nowhere).await.expect_err("no address");
    assert!(matches!(refused, Error::Config(_)), "{refused:?}");
    let no_name = PostgresConfig::new("postgres://localhost/docket", "Event-Log");
    let refused = PostgresLog::open(&no_name)
        .await
        .expect_err("no schema name");
    assert!(refused.to_string().contains("Event-Log"), "{refused}");
}
