//! Resolved tickets, and when they are closed.

use docket_domain::stream::{Command, StreamId};
use docket_domain::{StatusName, TicketCommand};
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;

use super::*;
use crate::agenda::IN_FLIGHT_MAX;
use crate::desk::{Desk, IMPORTER, MANAGER, PARTITIONS, REOPEN_WINDOW, Wants, days};

impl Wants for Closer {
    fn asked(intent: &Close) -> (StreamId, u32, Command) {
        // The command API fixes the end of the window.
        let reopen_until = crate::desk::NOON + days(1_000);
        let close = TicketCommand::Close { reopen_until };
        (
            StreamId::Ticket(intent.ticket),
            intent.version,
            close.into(),
        )
    }
}

fn closer() -> Closer {
    Closer::new(&CloserConfig::default(), PARTITIONS)
}

fn desk() -> Desk<Closer> {
    let mut desk = Desk::empty();
    desk.start(closer());
    desk
}

fn resolved(desk: &mut Desk<Closer>) -> TicketId {
    let ticket = desk.open_by(MANAGER, |_| {});
    desk.resolve(ticket, MANAGER);
    ticket
}

#[test]
fn a_ticket_is_closed_when_it_has_been_resolved_for_seven_days_and_not_before() {
    let mut desk = desk();
    let ticket = resolved(&mut desk);
    desk.pass(days(7) - SignedDuration::from_secs(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Resolved);
    desk.pass(SignedDuration::from_secs(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn what_comes_back_starts_anew() {
    let mut desk = desk();
    let ticket = resolved(&mut desk);
    desk.pass(days(6));
    desk.reopen(ticket);
    desk.pass(days(3));
    assert_eq!(desk.status(ticket).name(), StatusName::Open);
    desk.resolve(ticket, MANAGER);
    desk.pass(days(6));
    assert_eq!(desk.status(ticket).name(), StatusName::Resolved);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn what_is_said_meanwhile_neither_puts_it_off_nor_prevents_it() {
    let mut desk = desk();
    let ticket = resolved(&mut desk);
    desk.pass(days(3));
    desk.comment(ticket);
    desk.pass(days(4));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn a_ticket_that_comes_back_at_the_same_moment_stays_open() {
    let mut desk = desk();
    let ticket = resolved(&mut desk);
    desk.settle();
    desk.now += days(7);
    assert!(desk.step(0));
    desk.reopen(ticket);
    desk.resolve(ticket, MANAGER);
    desk.arrive(0, 0);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Resolved);
    desk.pass(days(6));
    assert_eq!(desk.closings(ticket), 1);
}

#[test]
fn history_that_ended_resolved_is_not_closed_until_it_is_resolved_here() {
    let mut desk = desk();
    let [old, worked] = [(); 2].map(|()| desk.open_by(IMPORTER, |_| {}));
    desk.resolve(old, IMPORTER);
    desk.resolve(worked, MANAGER);
    desk.pass(days(30));
    assert_eq!(desk.status(old).name(), StatusName::Resolved);
    assert_eq!(desk.status(worked).name(), StatusName::Closed);
    desk.reopen(old);
    desk.resolve(old, MANAGER);
    desk.pass(days(7));
    assert_eq!(desk.status(old).name(), StatusName::Closed);
}

#[test]
fn what_an_import_closed_and_brought_back_is_closed_when_it_is_resolved_here() {
    let mut desk = desk();
    let ticket = desk.come_back_by_import(|_| {});
    desk.resolve(ticket, MANAGER);
    desk.pass(days(7));
    assert_eq!(desk.closings(ticket), 2);
}

#[test]
fn two_at_once_close_a_ticket_once_and_under_one_key() {
    let mut desk = desk();
    desk.start(closer());
    let ticket = resolved(&mut desk);
    desk.settle();
    desk.now += days(7);
    assert!(desk.step(0) && desk.step(1));
    let keys = [0, 1].map(|which| Closer::command(&desk.managers[which].sent[0]).key);
    assert_eq!(keys[0], keys[1]);
    desk.arrive(0, 0);
    desk.arrive(1, 0);
    desk.pass(days(30));
    assert_eq!(desk.closings(ticket), 1);
    assert_eq!(desk.log.len(), 3);
}

#[test]
fn one_that_starts_closes_at_once_what_fell_due_meanwhile_and_nothing_twice() {
    let mut desk = desk();
    let first = resolved(&mut desk);
    desk.pass(days(7));
    desk.managers.clear();
    let second = resolved(&mut desk);
    desk.now += days(8);
    desk.start(closer());
    desk.settle();
    assert_eq!([first, second].map(|it| desk.closings(it)), [1, 1]);
}

#[test]
fn each_partition_has_so_many_on_their_way_and_holds_up_no_other() {
    let mut desk = desk();
    let tickets: Vec<_> = (0..100).map(|_| resolved(&mut desk)).collect();
    let lane = |id: TicketId| partition_of(key(StreamId::Ticket(id)).as_bytes(), PARTITIONS);
    desk.settle();
    desk.now += days(7);
    assert!(desk.step(0));
    assert!(!desk.step(0));
    let mut lanes = [0; PARTITIONS as usize];
    for close in &desk.managers[0].sent {
        lanes[usize::from(lane(close.ticket))] += 1;
    }
    assert_eq!(lanes, [IN_FLIGHT_MAX; PARTITIONS as usize]);
    assert_eq!(desk.managers[0].manager.next_timer(), None);

    // The first partition gives no answers.
    desk.managers[0].sent.retain(|it| lane(it.ticket) != 0);
    while !desk.managers[0].sent.is_empty() {
        desk.arrive(0, 0);
    }
    desk.settle();
    let open: Vec<_> = tickets
        .iter()
        .filter(|it| desk.closings(**it) == 0)
        .collect();
    assert!(open.iter().all(|it| lane(**it) == 0), "{open:?}");
    assert!(tickets.iter().all(|it| desk.closings(*it) <= 1));
}

#[test]
fn what_was_refused_waits_ever_longer_and_has_another_key() {
    let mut desk = desk();
    resolved(&mut desk);
    desk.settle();
    desk.now += days(7);
    let mut keys = std::collections::BTreeSet::new();
    for pause in [1, 2, 4, 8] {
        assert!(desk.step(0));
        let intent = desk.managers[0].sent.remove(0);
        keys.insert(Closer::command(&intent).key);
        let now = desk.now;
        desk.managers[0].manager.refused(now, &intent);
        desk.now += SignedDuration::from_secs(pause) - SignedDuration::from_nanos(1);
        assert!(!desk.step(0), "{pause}");
        desk.now += SignedDuration::from_nanos(1);
    }
    assert_eq!(keys.len(), 4);
}

#[test]
fn a_ticket_with_an_event_that_cannot_be_read_is_left_alone() {
    let mut desk = desk();
    let ticket = resolved(&mut desk);
    desk.append_unreadable(StreamId::Ticket(ticket));
    desk.pass(days(30));
    assert_eq!(desk.status(ticket).name(), StatusName::Resolved);
}

#[test]
fn a_closed_ticket_is_forgotten_when_it_cannot_come_back_and_not_before() {
    let mut desk = desk();
    let tickets: Vec<_> = (0..20).map(|_| resolved(&mut desk)).collect();
    for ticket in &tickets {
        desk.close(*ticket, MANAGER);
    }
    desk.pass(REOPEN_WINDOW);
    assert_eq!(desk.managers[0].manager.tickets.len(), 20);
    desk.reopen(tickets[0]);
    desk.pass(days(1));
    for _ in 0..40 {
        desk.comment(tickets[0]);
        desk.open_by(MANAGER, |_| {});
    }
    desk.settle();
    assert_eq!(desk.managers[0].manager.tickets.len(), 41);
    assert_eq!(desk.managers[0].manager.agenda.len(), 0);
    desk.resolve(tickets[0], MANAGER);
    desk.pass(days(7));
    assert_eq!(desk.closings(tickets[0]), 2);
}
