//! A log from its genesis to its end.

use docket_event_log::{Cursor, Draft, Error, Head, Incarnation, LogId, Sequence};
use docket_schemas::DATA_BYTES_MAX;
use docket_schemas::control::{Closed, Genesis, Opened, OpenedReason};
use futures::future::{join_all, select};
use std::pin::pin;
use uuid::Uuid;

use crate::arena::Arena;
use crate::support::*;

pub(crate) async fn sequences_are_contiguous_and_chained<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    for batch in [&["1", "2", "3"][..], &["4"], &["5", "6"]] {
        assert_won(append(&mut writer, batch).await, batch.len());
    }
    let read = read_all(&log).await;
    assert_eq!(read.said(), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(read.noise, 0);
    assert_eq!(read.records[0].kind(), Genesis::TYPE);
    for (sequence, record) in read.records.iter().enumerate() {
        assert_eq!(record.sequence, Sequence(sequence as u64));
    }
    for pair in read.records.windows(2) {
        assert_eq!(pair[1].previous, pair[0].hash);
    }
    let (record, draft) = (&read.records[1], event("1"));
    assert_eq!((record.key.clone(), record.kind()), (draft.key, draft.kind));
    assert_eq!(record.time(), Some(draft.time));
    assert_eq!(record.attribute("origin"), Some("live"));
    let traceparent = draft.traceparent.map(Into::into);
    assert_eq!(record.traceparent, traceparent);
    // The other partition has its genesis and nothing of this.
    let other = Cursor::start(log.identity().log_id, docket_event_log::Partition(0));
    let mut other = reader_from(&log, other).await;
    assert_eq!(read_on(&log, &mut other).await.records.len(), 1);
}

pub(crate) async fn a_cursor_never_folds_a_record_twice<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    let mut cursors = vec![(Cursor::start(log.identity().log_id, P), 0)];
    for (number, text) in ["1", "2", "3"].into_iter().enumerate() {
        assert_won(append(&mut writer, &[text]).await, 1);
        cursors.push((writer.cursor().clone(), number + 1));
    }
    for (cursor, folded) in cursors {
        // Kept beside what was made of it, and read back by another process.
        let kept = serde_json::to_string(&cursor).unwrap();
        let cursor: Cursor = serde_json::from_str(&kept).unwrap();
        let log = arena.open().await;
        let mut reader = reader_from(&log, cursor).await;
        let read = read_on(&log, &mut reader).await;
        assert_eq!(read.said(), ["1", "2", "3"][folded..]);
        assert_eq!(reader.cursor(), writer.cursor());
    }
}

pub(crate) async fn noise_before_the_cursor_stays_noise<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut reader = reader(&log).await;
    read_on(&log, &mut reader).await;
    // The second record arrives before the first, which it extends.
    let pair = sealed(reader.cursor(), events(&["1", "2"]));
    log.append(P, vec![pair[1].clone()]).await.unwrap();
    log.append(P, vec![pair[0].clone()]).await.unwrap();
    assert_eq!(read_on(&log, &mut reader).await.said(), ["1"]);
    let cursor = reader.cursor().clone();
    let mut again = reader_from(&log, cursor.clone()).await;
    assert_eq!(read_on(&log, &mut again).await.records.len(), 0);
    // More noise behind the head, then a reader from there.
    log.append(P, vec![pair[0].clone()]).await.unwrap();
    read_on(&log, &mut reader).await;
    let mut again = reader_from(&log, reader.cursor().clone()).await;
    log.append(P, sealed(reader.cursor(), events(&["3"])))
        .await
        .unwrap();
    let read = read_on(&log, &mut again).await;
    assert_eq!((read.said(), read.noise), (vec!["3".to_owned()], 0));
}

pub(crate) async fn a_record_of_another_log_is_noise<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut reader = reader(&log).await;
    read_on(&log, &mut reader).await;
    let elsewhere = Cursor {
        log_id: LogId(Uuid::new_v4()),
        ..reader.cursor().clone()
    };
    for _ in 0..3 {
        log.append(P, sealed(&elsewhere, events(&["foreign 1", "foreign 2"])))
            .await
            .unwrap();
    }
    assert_won(append(&mut writer(&log).await, &["1"]).await, 1);
    assert_eq!(read_on(&log, &mut reader).await.said(), ["1"]);
}

pub(crate) async fn starters_agree_on_one_genesis<A: Arena>() {
    let arena = A::fresh().await;
    let logs = join_all((0..5).map(|_| arena.open())).await;
    for log in &logs {
        assert_eq!(log.identity(), logs[0].identity());
        let records = read_all(log).await.records;
        assert_eq!(records.len(), 1);
        let genesis = Genesis::decode(&records[0].data).unwrap();
        assert_eq!(genesis.log_id, log.identity().log_id.0);
        assert_eq!((genesis.partition, genesis.partitions), (P.0, 2));
    }
}

pub(crate) async fn another_partition_count_is_refused<A: Arena>() {
    let arena = A::fresh().await;
    arena.open().await;
    let error = arena.open_with(3).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::PartitionCount {
                expected: 3,
                found: 2
            }
        ),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("set `partitions = 2`"),
        "{error}"
    );
}

pub(crate) async fn nothing_is_appended_before_the_genesis_is_read<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer_at(&log, reader(&log).await);
    let error = writer.start_append(events(&["1"])).unwrap_err();
    assert!(
        matches!(error, Error::NotRead { partition: P }),
        "{error:?}"
    );
}

pub(crate) async fn data_that_are_too_large_are_refused<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    let sized = |bytes: usize| Draft {
        data: vec![b'7'; bytes].into(),
        ..event("")
    };
    let error = writer
        .start_append(vec![sized(DATA_BYTES_MAX + 1)])
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    assert!(writer.is_idle());
    writer.start_append(vec![sized(DATA_BYTES_MAX)]).unwrap();
    assert_won(settle(&mut writer).await, 1);
    assert_eq!(read_all(&log).await.records[1].data.len(), DATA_BYTES_MAX);
}

fn closed() -> Draft {
    let closed = Closed {
        successor: "kafka at b:9092, topic docket.events".to_owned(),
    };
    Draft {
        kind: Closed::TYPE,
        key: "log".into(),
        data: closed.encode().unwrap().into(),
        ..event("")
    }
}

fn assert_closed(error: &Error, at: u64) {
    assert!(
        matches!(error, Error::Closed { partition: P, sequence: Sequence(found), .. } if *found == at),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("kafka at b:9092, topic docket.events"),
        "{error}"
    );
}

pub(crate) async fn nothing_but_opened_extends_a_closed_log<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut ours = writer(&log).await;
    ours.start_append(vec![event("1"), closed()]).unwrap();
    assert_won(settle(&mut ours).await, 2);
    assert_closed(&ours.start_append(events(&["2"])).unwrap_err(), 2);
    // So it is for whoever starts now, from the start or from a cursor.
    assert_closed(
        &writer(&log).await.start_append(events(&["2"])).unwrap_err(),
        2,
    );
    let mut resumed = writer_at(&log, reader_from(&log, ours.cursor().clone()).await);
    assert_closed(&resumed.start_append(events(&["2"])).unwrap_err(), 2);
    // A writer that doesn't know is not believed.
    log.append(P, sealed(ours.cursor(), events(&["2"])))
        .await
        .unwrap();
    assert_eq!(read_all(&log).await.said(), ["1"]);
    let incarnation = Uuid::new_v4();
    let opened = Opened {
        incarnation,
        reason: OpenedReason::Moved,
    };
    let opened = Draft {
        kind: Opened::TYPE,
        data: opened.encode().unwrap().into(),
        ..closed()
    };
    let opened = sealed(ours.cursor(), vec![opened]);
    let head = Head {
        sequence: opened[0].sequence,
        hash: opened[0].hash,
    };
    log.append(P, opened).await.unwrap();
    while ours.cursor().head != Some(head) {
        ours.next().await.unwrap();
    }
    assert_eq!(ours.cursor().incarnation, Incarnation(incarnation));
    assert_won(append(&mut ours, &["3"]).await, 1);
    assert_eq!(read_all(&log).await.said(), ["1", "3"]);
}

pub(crate) async fn a_writer_that_lost_to_closed_says_so<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let (mut ours, mut theirs) = (writer(&log).await, writer(&log).await);
    theirs.start_append(vec![closed()]).unwrap();
    assert_won(settle(&mut theirs).await, 1);
    ours.start_append(events(&["too late"])).unwrap();
    assert_lost(settle(&mut ours).await, 1);
    assert_closed(&ours.start_append(events(&["too late"])).unwrap_err(), 1);
}

pub(crate) async fn next_may_be_dropped_at_any_time<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    for number in 0..20 {
        writer.start_append(events(&[&number.to_string()])).unwrap();
        let settled = loop {
            // Polled once or a few times, then dropped, as in a `select!` with other work.
            let next = pin!(writer.next());
            let step = match select(next, pin!(tokio::task::yield_now())).await {
                futures::future::Either::Left((step, _)) => step.unwrap(),
                futures::future::Either::Right(_) => continue,
            };
            if let Some(settled) = step.settled {
                break settled;
            }
        };
        assert_won(settled, 1);
    }
    let wanted: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(read_all(&log).await.said(), wanted);
}
