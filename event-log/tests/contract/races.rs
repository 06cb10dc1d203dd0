//! Several writers, and a network that fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_event_log::faults::{Fault, FaultyLog};
use docket_event_log::{Log, Settled};
use docket_schemas::control::Barrier;

use crate::arena::Arena;
use crate::support::*;

/// A log behind a network that does this with the next appends, and a writer over it.
async fn behind<A: Arena>(arena: &A, next: &[Fault]) -> (FaultyLog, Log) {
    let faulty = FaultyLog::new(arena.open().await);
    faulty.network().script(next.iter().copied());
    (faulty.clone(), Arc::new(faulty))
}

pub(crate) async fn the_loser_of_a_race_is_noise_for_every_reader<A: Arena>() {
    let arena = A::fresh().await;
    let (one, other) = (arena.open().await, arena.open().await);
    let (mut a, mut b) = (writer(&one).await, writer(&other).await);
    a.start_append(events(&["a1", "a2"])).unwrap();
    b.start_append(events(&["b1"])).unwrap();
    let (a, b) = tokio::join!(settle(&mut a), settle(&mut b));
    let winners = if a.won > 0 {
        assert_won(a, 2);
        assert_lost(b, 1);
        vec!["a1", "a2"]
    } else {
        assert_lost(a, 2);
        assert_won(b, 1);
        vec!["b1"]
    };
    for log in [&one, &other, &arena.open().await] {
        let read = read_all(log).await;
        assert_eq!(read.said(), winners);
        assert_eq!(read.noise > 0, A::KEEPS_NOISE);
    }
}

pub(crate) async fn a_batch_wins_up_to_its_first_lost_record<A: Arena>() {
    let arena = A::fresh().await;
    let (faulty, log) = behind(&arena, &[Fault::Split(2)]).await;
    let mut writer = writer(&log).await;
    let settled = append(&mut writer, &["1", "2", "3", "4"]).await;
    assert_eq!(settled, Settled { won: 2, lost: 2 });
    // What comes later extends something that a barrier has extended by now.
    faulty.release().await;
    assert_won(append(&mut writer, &["5"]).await, 1);
    assert_eq!(read_all(&log).await.said(), ["1", "2", "5"]);
}

pub(crate) async fn a_foreign_record_that_says_the_same_confirms_nothing<A: Arena>() {
    let arena = A::fresh().await;
    let (_, log) = behind(&arena, &[Fault::Hold]).await;
    let (mut ours, mut theirs) = (writer(&log).await, writer(&log).await);
    ours.start_append(events(&["the same"])).unwrap();
    theirs.start_append(events(&["the same"])).unwrap();
    let (ours, theirs) = tokio::join!(settle(&mut ours), settle(&mut theirs));
    // Whichever barrier or record came first: exactly what was acknowledged is there.
    assert_lost(ours, 1);
    assert_eq!(read_all(&log).await.said().len(), theirs.won);
}

pub(crate) async fn an_older_attempt_of_the_same_confirms_nothing<A: Arena>() {
    let arena = A::fresh().await;
    let (faulty, log) = behind(&arena, &[Fault::Hold]).await;
    let mut writer = writer(&log).await;
    assert_lost(append(&mut writer, &["once"]).await, 1);
    // The second attempt is lost, and the first one turns up instead.
    faulty.network().script([Fault::Lose]);
    writer.start_append(events(&["once"])).unwrap();
    faulty.release().await;
    assert_lost(settle(&mut writer).await, 1);
    assert_eq!(read_all(&log).await.said(), Vec::<String>::new());
    assert_won(append(&mut writer, &["once"]).await, 1);
    assert_eq!(read_all(&log).await.said(), ["once"]);
}

pub(crate) async fn duplicates_are_noise<A: Arena>() {
    let arena = A::fresh().await;
    let (_, log) = behind(&arena, &[Fault::Repeat]).await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2"]).await, 2);
    assert_won(append(&mut writer, &["3"]).await, 1);
    let read = read_all(&log).await;
    assert_eq!(read.said(), ["1", "2", "3"]);
    assert_eq!(read.noise, if A::KEEPS_NOISE { 2 } else { 0 });
}

pub(crate) async fn late_deliveries_are_noise<A: Arena>() {
    let arena = A::fresh().await;
    let (faulty, log) = behind(&arena, &[Fault::RepeatLate, Fault::None, Fault::Reverse]).await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1"]).await, 1);
    assert_won(append(&mut writer, &["2"]).await, 1);
    faulty.release().await;
    // In the opposite order only the first record of a batch extends anything.
    writer.start_append(events(&["3", "4"])).unwrap();
    let settled = settle(&mut writer).await;
    assert_eq!(settled.won, usize::from(A::KEEPS_NOISE));
    let told = read_all(&log).await.said();
    assert_eq!(told, ["1", "2", "3"][..2 + settled.won]);
}

pub(crate) async fn the_late_half_of_a_lost_batch_is_noise<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut writer = writer(&log).await;
    let lost = sealed(writer.cursor(), events(&["lost 1", "lost 2"]));
    assert_won(append(&mut writer, &["1"]).await, 1);
    // It has the next sequence, and yet it extends another record.
    log.append(P, vec![lost[1].clone()]).await.unwrap();
    assert_won(append(&mut writer, &["2"]).await, 1);
    assert_eq!(read_all(&log).await.said(), ["1", "2"]);
}

pub(crate) async fn a_gap_within_a_batch_ends_it<A: Arena>() {
    let arena = A::fresh().await;
    let log = arena.open().await;
    let mut reader = reader(&log).await;
    read_on(&log, &mut reader).await;
    let mut batch = sealed(reader.cursor(), events(&["1", "2", "3"]));
    batch.remove(1);
    log.append(P, batch).await.unwrap();
    assert_won(append(&mut writer(&log).await, &["2"]).await, 1);
    assert_eq!(read_all(&log).await.said(), ["1", "2"]);
}

pub(crate) async fn a_lost_append_is_settled_by_a_barrier<A: Arena>() {
    let arena = A::fresh().await;
    let (_, log) = behind(&arena, &[Fault::Lose, Fault::Lose]).await;
    let mut writer = writer(&log).await;
    // The first barrier is lost as well; another follows.
    assert_lost(append(&mut writer, &["never"]).await, 1);
    let read = read_all(&log).await;
    assert_eq!(read.said(), Vec::<String>::new());
    assert_eq!(read.records.last().unwrap().kind(), Barrier::TYPE);
    assert!(writer.is_idle());
}

pub(crate) async fn a_report_of_success_proves_nothing<A: Arena>() {
    let arena = A::fresh().await;
    let (_, log) = behind(&arena, &[Fault::LoseButReport]).await;
    let mut writer = writer(&log).await;
    assert_lost(append(&mut writer, &["never"]).await, 1);
    assert_eq!(read_all(&log).await.said(), Vec::<String>::new());
}

pub(crate) async fn a_lost_report_doesn_t_lose_the_append<A: Arena>() {
    let arena = A::fresh().await;
    let (_, log) = behind(&arena, &[Fault::LoseReport]).await;
    let mut writer = writer(&log).await;
    assert_won(append(&mut writer, &["1", "2"]).await, 2);
    assert_eq!(read_all(&log).await.said(), ["1", "2"]);
}

pub(crate) async fn a_held_append_may_still_win<A: Arena>() {
    let arena = A::fresh().await;
    // So are the barriers that are sent for it.
    let (faulty, log) = behind(&arena, &[Fault::Hold, Fault::Lose, Fault::Lose]).await;
    let mut writer = writer(&log).await;
    writer.start_append(events(&["1"])).unwrap();
    let (settled, ()) = tokio::join!(settle(&mut writer), faulty.release());
    assert_won(settled, 1);
    assert_eq!(read_all(&log).await.said(), ["1"]);
}

pub(crate) async fn many_writers_lose_nothing_and_repeat_nothing<A: Arena>() {
    let arena = A::fresh().await;
    let mut tasks = Vec::new();
    for name in 0..3 {
        let log = arena.open().await;
        tasks.push(tokio::spawn(async move {
            let mut writer = writer(&log).await;
            for number in 0..10 {
                let texts = [format!("{name} {number} a"), format!("{name} {number} b")];
                let mut left = &texts[..];
                while !left.is_empty() {
                    let drafts = left.iter().map(|text| event(text)).collect();
                    writer.start_append(drafts).unwrap();
                    left = &left[settle(&mut writer).await.won..];
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let log = arena.open().await;
    let mut by_writer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in read_all(&log).await.said() {
        let (name, rest) = text.split_once(' ').unwrap();
        by_writer
            .entry(name.to_owned())
            .or_default()
            .push(rest.to_owned());
    }
    let wanted: Vec<_> = (0..10)
        .flat_map(|n| [format!("{n} a"), format!("{n} b")])
        .collect();
    assert_eq!(by_writer.len(), 3);
    for (name, texts) in by_writer {
        assert_eq!(texts, wanted, "writer {name}");
    }
}
