//! Snapshots of logs in memory: what was written is what is read, and where a ticket lies makes no
//! difference to anybody.

mod asks;
mod damage;
mod desk;
mod golden;
mod kill;
mod people;
mod random;

use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_domain::{Rejection, StatusName, TicketCommand};
use uuid::Uuid;

use self::asks::{
    answer, ask, assign, cancel, close, comment, invite, line, open, reopen, resolve, survey,
    ticket, too_large,
};
use self::desk::{DAY, Desk, PARTITION};
use super::file::{Directory, fingerprint, mix};
use super::read::{Found, load};
use crate::partition::command::Answer;
use crate::partition::outcomes::{FirstResult, KEPT_HOURS};

/// Closed long ago: nothing of it needs memory.
async fn closed_long_ago() -> Desk {
    let mut desk = Desk::new().await;
    desk.tell(0, ask(1, ticket(1), open())).await;
    desk.tell(0, ask(2, ticket(1), resolve())).await;
    desk.tell(0, ask(3, ticket(1), close())).await;
    desk.pass(30).await;
    desk.tell(0, ask(4, ticket(2), open())).await;
    desk
}

#[tokio::test]
async fn a_ticket_closed_for_good_leaves_memory_and_comes_back_when_asked_for() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    assert_eq!(desk.in_memory(), 2, "nothing was adopted yet");
    desk.adopt();
    assert_eq!(desk.in_memory(), 1);
    assert_eq!(desk.cold_streams(), 1);

    let told = desk.tell(0, ask(5, ticket(1), comment(1))).await;
    assert_eq!(told, (4, FirstResult::Applied(Some(StatusName::Closed))));
    assert_eq!(desk.in_memory(), 2);
    let (version, told) = desk.tell(0, ask(6, ticket(1), reopen())).await;
    let until = "2026-01-03T10:00:00.75Z".parse().expect("a time");
    let too_late = Box::new(Rejection::ReopenWindowOver { until });
    assert_eq!((version, told), (4, FirstResult::Rejected(too_late)));
}

#[tokio::test]
async fn a_survey_needs_no_memory_after_a_day_and_takes_its_answer_from_the_file() {
    let mut desk = Desk::new().await;
    let (asked, other_closing) = (survey(1, 1), survey(1, 2));
    desk.tell(0, invite(1, asked)).await;
    desk.snapshot().await;
    desk.adopt();
    assert_eq!(desk.cold_streams(), 0, "its first outcome is still kept");
    desk.pass(2).await;
    desk.tell(0, ask(2, ticket(2), open())).await;
    desk.snapshot().await;
    desk.adopt();
    assert_eq!((desk.in_memory(), desk.cold_streams()), (1, 1));

    let told = desk.tell(0, answer(3, asked, 4)).await;
    assert_eq!(told, (2, FirstResult::Applied(None)));
    let not_invited = FirstResult::Rejected(Box::new(Rejection::NotInvited));
    let told = desk.tell(0, answer(4, other_closing, 4)).await;
    assert_eq!(told, (0, not_invited));
    desk.pass(2).await;
    desk.tell(0, ask(5, ticket(3), open())).await;
    desk.snapshot().await;
    desk.adopt();
    // Started again, from the file alone.
    desk.restart().await;
    desk.agrees();
    let told = desk.tell(0, answer(6, asked, 4)).await;
    assert_eq!(told, (2, FirstResult::Unchanged(None)));
    let answered = FirstResult::Rejected(Box::new(Rejection::AlreadyAnswered));
    let told = desk.tell(0, answer(7, asked, 5)).await;
    assert_eq!(told, (2, answered));
}

#[tokio::test]
async fn what_is_answered_at_once_brings_no_ticket_back_for_good() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    desk.adopt();
    let told = desk.answers_at_once(ask(5, ticket(1), too_large()));
    assert!(matches!(told, Answer::TooLarge(_)), "{told:?}");
    assert_eq!(desk.in_memory(), 1);
    desk.agrees();
}

#[tokio::test]
async fn an_id_that_is_not_there_costs_no_read() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    desk.adopt();
    let opened = desk.reads();
    desk.tell(0, ask(5, ticket(99), open())).await;
    assert_eq!(desk.reads(), opened);
    desk.tell(0, ask(6, ticket(1), comment(1))).await;
    assert_ne!(desk.reads(), opened);
}

#[tokio::test]
async fn what_was_refused_to_a_cold_ticket_is_kept_and_it_becomes_cold_again() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    desk.adopt();
    // No event, but the highest source sequence and an outcome change.
    desk.tell(0, line(ask(5, ticket(1), assign()), 9)).await;
    desk.snapshot().await;
    desk.adopt();
    assert_eq!(desk.in_memory(), 2, "its outcome is kept for a day");
    desk.restart().await;
    desk.agrees();

    desk.pass(2).await;
    desk.tell(0, ask(6, ticket(2), cancel())).await;
    desk.snapshot().await;
    desk.adopt();
    assert_eq!(desk.in_memory(), 1);
    desk.agrees();
}

#[tokio::test]
async fn one_that_changes_while_a_snapshot_is_built_stays_in_memory() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    desk.tell(0, ask(5, ticket(1), comment(1))).await;
    desk.adopt();
    assert_eq!(desk.in_memory(), 2);
    desk.agrees();
}

#[tokio::test]
async fn who_has_read_less_than_a_snapshot_waits_with_it() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    desk.adopt();
    // Another replica's comment, which the builder has read already: the ticket isn't cold there.
    desk.tell_another(0, ask(5, ticket(1), comment(1))).await;
    desk.snapshot().await;
    desk.adopt();
    desk.agrees();
    assert_eq!(desk.in_memory(), 2);
    desk.adopt();
    desk.agrees();
}

#[tokio::test]
async fn a_refusal_that_is_forgotten_again_still_keeps_a_ticket_in_memory() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    // In the second snapshot the ticket lives, for its outcome's sake.
    desk.tell(0, ask(5, ticket(1), reopen())).await;
    desk.snapshot().await;
    // Then it looks as it did in the first.
    desk.pass(2).await;
    desk.tell(0, ask(6, ticket(2), cancel())).await;
    desk.adopt();
    desk.adopt();
    desk.agrees();
    desk.snapshot().await;
    desk.adopt();
    assert_eq!(desk.in_memory(), 1);
    desk.agrees();
}

#[tokio::test]
async fn tickets_with_one_fingerprint_are_told_apart() {
    // Whoever chooses ids can choose them so that the high half makes up for the low one.
    let alike = |low| TicketId(Uuid::from_u64_pair(mix(low) ^ mix(0), low));
    let (other, third) = (alike(77), alike(78));
    let of_ticket = |id| fingerprint(StreamId::Ticket(id));
    assert_eq!(of_ticket(other), of_ticket(TicketId(Uuid::nil())));

    let mut desk = Desk::new().await;
    let first = TicketId(Uuid::nil());
    for (n, id) in [(1, first), (2, other)] {
        desk.tell(0, ask(n, id, open())).await;
        desk.tell(0, ask(n + 10, id, cancel())).await;
    }
    desk.pass(30).await;
    desk.tell(0, ask(9, ticket(3), open())).await;
    desk.snapshot().await;
    desk.adopt();
    assert_eq!(desk.cold_streams(), 2);
    desk.agrees();
    // A third of them that was never opened.
    let (_, told) = desk.tell(0, ask(20, third, assign())).await;
    assert_eq!(told, FirstResult::Rejected(Box::new(Rejection::NotFound)));
}

#[tokio::test]
async fn a_snapshot_is_taken_for_its_own_log_and_partition_only() {
    let mut desk = closed_long_ago().await;
    let whole = desk.snapshot().await;
    let (identity, partition) = (desk.identity(), whole.cursor().partition);
    let at = |identity: &_, partition| load(desk.directory(), identity, partition);
    assert!(matches!(at(&identity, partition), Found::Whole(..)));

    let other = Desk::new().await.identity();
    let why = format!("{:?}", at(&other, partition));
    assert!(why.contains("AnotherLog"), "{why}");
    let more = docket_event_log::LogIdentity {
        partitions: 7,
        ..identity.clone()
    };
    let why = format!("{:?}", at(&more, partition));
    assert!(why.contains("AnotherCount"), "{why}");
    let next = docket_event_log::Partition(partition.0 + 1);
    std::fs::copy(
        desk.directory().file(partition),
        desk.directory().file(next),
    )
    .expect("a copy");
    let why = format!("{:?}", at(&identity, next));
    assert!(why.contains("AnotherPartition"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_only_a_newer_version_understands_ends_the_snapshots_before_it() {
    let mut desk = closed_long_ago().await;
    let before = desk.snapshot().await;
    desk.append_newer(ticket(2)).await;
    let refused = desk.try_snapshot().await.expect_err("not understood");
    assert!(matches!(refused, super::build::BuildError::Newer { .. }));

    // The last one stays good, and nobody tries again and again what can't succeed.
    let (mut keeper, _tasks) = desk.keeper().await;
    assert!(!keeper.has_ended(0));
    keeper.look(0).await;
    assert!(keeper.has_ended(0));
    tokio::time::advance(std::time::Duration::from_hours(1)).await;
    keeper.look(0).await;
    assert!(keeper.has_ended(0));
    let found = desk.load();
    let Found::Whole(found, _) = found else {
        panic!("{found:?}");
    };
    assert_eq!(found.cursor(), before.cursor());
    desk.restart().await;
    desk.agrees();
}

#[tokio::test]
async fn a_keeper_writes_what_has_come() {
    let mut desk = closed_long_ago().await;
    let before = desk.snapshot().await;
    desk.tell(0, ask(5, ticket(5), open())).await;
    let (mut keeper, _tasks) = desk.keeper().await;
    keeper.look(0).await;
    assert!(!keeper.has_ended(0));
    let found = desk.load();
    let Found::Whole(found, _) = found else {
        panic!("{found:?}");
    };
    assert!(found.cursor().next > before.cursor().next);
}

#[tokio::test]
async fn ended_outcomes_are_forgotten_after_a_day() {
    let mut desk = Desk::new().await;
    desk.tell(0, ask(1, ticket(1), open())).await;
    desk.tell(0, ask(2, ticket(1), cancel())).await;
    // Refusals of what isn't there.
    for n in 10..100 {
        let nothing = ticket(1_000 + u128::from(n));
        desk.tell(0, ask(n, nothing, TicketCommand::Accept)).await;
    }
    for _ in 1..KEPT_HOURS {
        desk.hour().await;
    }
    desk.agrees();
    assert_eq!(desk.in_memory(), 91);
    desk.hour().await;
    desk.agrees();
    assert_eq!(desk.in_memory(), 1);
    assert!(desk.outcomes(ticket(1)).is_empty());
}

#[tokio::test]
async fn records_of_wrong_clocks_make_nobody_forget_and_hold_nothing_up() {
    let mut desk = Desk::new().await;
    desk.tell(0, ask(1, ticket(1), open())).await;
    desk.tell(0, ask(2, ticket(1), cancel())).await;
    for (n, days) in [(10, 30), (20, 60), (30, -30)] {
        let other = ticket(u128::from(n));
        desk.tell(days * DAY, ask(n, other, open())).await;
        desk.tell(0, ask(n + 1, other, cancel())).await;
        // The right clocks go on.
        desk.tell(-days * DAY, ask(n + 2, ticket(2), assign()))
            .await;
    }
    let again = desk.answers_at_once(ask(2, ticket(1), cancel()));
    assert!(matches!(again, Answer::Outcome(_)), "{again:?}");

    desk.pass(2).await;
    desk.agrees();
    for n in [1, 10, 20, 30] {
        assert!(desk.outcomes(ticket(n)).is_empty(), "ticket {n}");
    }
}

#[tokio::test]
async fn a_build_that_is_stopped_leaves_the_old_file() {
    let mut desk = closed_long_ago().await;
    let whole = desk.snapshot().await;
    desk.tell(0, ask(5, ticket(5), open())).await;
    let mut job = desk.job();
    job.stop.cancel();
    assert!(super::build(&job).await.is_err());
    job.stop = tokio_util::sync::CancellationToken::new();
    let found = desk.load();
    let Found::Whole(found, _) = found else {
        panic!("{found:?}");
    };
    assert_eq!(found.cursor(), whole.cursor());
    assert_eq!(desk.files(), 1);
}

#[tokio::test]
async fn what_a_killed_build_left_behind_is_cleared_and_one_at_work_is_not() {
    let mut desk = closed_long_ago().await;
    let directory: &Directory = desk.directory();
    let at_work = directory.draft(PARTITION).expect("a draft");
    let left = directory
        .file(PARTITION)
        .with_file_name("partition-0.gone.tmp");
    std::fs::write(&left, b"DOCKETSN half of it").expect("written");
    assert_eq!(desk.files(), 2);
    desk.snapshot().await;
    assert!(!left.exists());
    assert_eq!(desk.files(), 2, "the snapshot and the one at work");
    drop(at_work);
    assert_eq!(desk.files(), 1);
}

#[tokio::test]
async fn nothing_new_is_no_snapshot() {
    let mut desk = closed_long_ago().await;
    desk.snapshot().await;
    assert!(desk.try_snapshot().await.expect("fine").is_none());
}
