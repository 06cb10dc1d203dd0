//! What no reader may carry on from.

use docket_event_log::{Cursor, Damage, Error, Log, Partition, RawEntry, Reader, Sequence};
use docket_schemas::attributes::header;

use crate::arena::Arena;
use crate::support::*;

/// A log with five events, and a cursor behind them.
async fn five<A: Arena>() -> (A, Cursor) {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2", "3", "4", "5"]).await, 5);
    let cursor = writer.cursor().clone();
    (arena, cursor)
}

async fn refused(log: &Log, cursor: Cursor) -> Damage {
    match Reader::open(log, &[cursor]).await.unwrap_err() {
        Error::Damage(damage) => damage,
        error => panic!("{error:?}"),
    }
}

pub(crate) async fn a_log_shorter_than_the_cursor_is_refused<A: Arena>() {
    let (arena, cursor) = five::<A>().await;
    arena.rewrite(P, |entries| entries.truncate(3)).await;
    let damage = refused(&arena.open().await, cursor).await;
    assert!(
        matches!(
            damage,
            Damage::Shorter {
                partition: P,
                next_sequence: Sequence(6),
                ..
            }
        ),
        "{damage:?}"
    );
    assert!(damage.to_string().contains("restore the log"), "{damage}");
}

pub(crate) async fn another_log_under_the_same_name_is_refused<A: Arena>() {
    let (arena, cursor) = five::<A>().await;
    for partition in [Partition(0), P] {
        arena.rewrite(partition, Vec::clear).await;
    }
    let log = arena.open().await;
    let damage = refused(&log, cursor.clone()).await;
    let (expected, found) = (cursor.log_id, log.identity().log_id);
    assert_eq!(
        damage,
        Damage::AnotherLog {
            partition: P,
            expected,
            found
        }
    );
}

pub(crate) async fn a_partition_of_another_log_is_refused<A: Arena>() {
    let (arena, cursor) = five::<A>().await;
    let other = A::fresh().await;
    other.open().await;
    let mut foreign = Vec::new();
    other
        .rewrite(P, |entries| foreign.clone_from(entries))
        .await;
    arena.rewrite(P, |entries| *entries = foreign).await;
    let error = arena.open_with(2).await.unwrap_err();
    assert!(
        matches!(error, Error::Damage(Damage::AnotherLog { partition: P, expected, .. })
            if expected == cursor.log_id),
        "{error:?}"
    );
}

pub(crate) async fn entries_without_a_genesis_are_no_log<A: Arena>() {
    let (arena, _) = five::<A>().await;
    arena.rewrite(P, |entries| drop(entries.remove(0))).await;
    let error = arena.open_with(2).await.unwrap_err();
    assert!(
        matches!(error, Error::NotALog { partition: P, .. }),
        "{error:?}"
    );
}

/// The last event, written by a version to come.
async fn with_last_altered<A: Arena>(name: &str, value: &str) -> A {
    let (arena, cursor) = five::<A>().await;
    arena
        .rewrite(P, |entries| {
            let last = entries.pop().unwrap();
            entries.push(altered(&cursor, &last, name, value));
        })
        .await;
    arena
}

async fn assert_stops_before_the_last<A: Arena>(arena: &A, what: &str) {
    let log = arena.open().await;
    let mut reader = reader(&log).await;
    let mut read = Vec::new();
    let error = loop {
        match reader.next().await {
            Ok(batch) => read.extend(batch.records),
            Err(error) => break error,
        }
    };
    // What comes before it was handed out first.
    assert_eq!(read.len(), 5);
    assert!(
        matches!(
            error,
            Error::FutureEnvelope {
                partition: P,
                sequence: Sequence(5),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains(what), "{error}");
    assert!(
        error.to_string().contains("install that version"),
        "{error}"
    );
}

pub(crate) async fn an_envelope_from_the_future_stops_the_reader<A: Arena>() {
    let arena = with_last_altered::<A>(header::SPECVERSION, "2.0").await;
    assert_stops_before_the_last(&arena, "2.0").await;
}

pub(crate) async fn a_newer_control_record_stops_the_reader<A: Arena>() {
    let arena = with_last_altered::<A>(header::TYPE, "docket.log.folded.v1").await;
    assert_stops_before_the_last(&arena, "docket.log.folded.v1").await;
}

pub(crate) async fn a_newer_genesis_is_refused<A: Arena>() {
    let (arena, _) = five::<A>().await;
    arena
        .rewrite(Partition(0), |entries| {
            let data = String::from_utf8(entries[0].data.to_vec()).unwrap();
            let data = data.replace("\"format_version\":1", "\"format_version\":2");
            entries[0].data = data.into();
        })
        .await;
    let error = arena.open_with(2).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::FutureEnvelope {
                sequence: Sequence(0),
                ..
            }
        ),
        "{error:?}"
    );
}

pub(crate) async fn a_changed_record_ends_the_log_there<A: Arena>() {
    let (arena, _) = five::<A>().await;
    arena
        .rewrite(P, |entries| entries[3].data = "\"forged\"".into())
        .await;
    let log = arena.open().await;
    let read = read_all(&log).await;
    assert_eq!(read.said(), ["1", "2"]);
    assert_eq!(read.noise, 3);
}

pub(crate) async fn another_record_at_the_head_is_refused<A: Arena>() {
    let (arena, cursor) = five::<A>().await;
    let forge: [fn(&Cursor, &mut RawEntry); 2] = [
        |_, last| last.data = "\"forged\"".into(),
        // With a hash that fits, so that it is only another one.
        |cursor, last| *last = altered(cursor, last, header::TIME, "2026-11-20T09:00:00Z"),
    ];
    for forge in forge {
        arena
            .rewrite(P, |entries| forge(&cursor, entries.last_mut().unwrap()))
            .await;
        let damage = refused(&arena.open().await, cursor.clone()).await;
        assert!(
            matches!(
                damage,
                Damage::Diverged {
                    partition: P,
                    sequence: Sequence(5),
                    ..
                }
            ),
            "{damage:?}"
        );
    }
}
