//! What is known, and for how long.

use super::*;

#[test]
fn the_order_of_partitions_is_no_matter() {
    let mut desk = desk();
    let tickets: Vec<_> = (0..10).map(|_| closed(&mut desk)).collect();
    desk.settle();
    answer(&mut desk, survey(tickets[0], 1), 1);
    let late = closed(&mut desk);
    let now = desk.now;
    for first in 0..PARTITIONS {
        let mut inviter = inviter();
        for partition in (first..PARTITIONS).chain(0..first) {
            let theirs = desk.log.iter().filter(|it| it.partition.0 == partition);
            theirs.for_each(|told| inviter.read(now, told));
        }
        inviter.complete_until(now);
        let due: Vec<_> = inviter.step(now).intents.iter().map(Ask::due).collect();
        assert_eq!(due.len(), 2, "{due:?}");
        assert!(due.contains(&Due::Invite(survey(late, 1))));
        assert!(due.iter().any(|it| it.ticket() == tickets[0]));
    }
}

#[test]
fn one_that_starts_notes_nothing_for_closings_of_long_ago() {
    let mut desk = desk();
    desk.managers.clear();
    for _ in 0..20 {
        closed(&mut desk);
    }
    desk.now += days(15);
    closed(&mut desk);
    desk.start(inviter());
    desk.deliver(0);
    assert_eq!(desk.managers[0].manager.agenda.len(), 1);
}

#[test]
fn tickets_and_surveys_are_forgotten_when_nothing_can_come_of_them() {
    let mut desk = desk();
    for _ in 0..20 {
        closed(&mut desk);
    }
    desk.pass(days(15));
    // Each record read lets some go.
    for _ in 0..60 {
        let ticket = of_carla(&mut desk, MANAGER);
        desk.resolve(ticket, MANAGER);
        let reason = text("gone");
        desk.reopen(ticket);
        desk.ticket(ticket, MANAGER, TicketCommand::Cancel { reason });
        desk.append_unreadable(StreamId::Survey(survey(ticket, 1)));
    }
    desk.settle();
    let inviter = &desk.managers[0].manager;
    assert_eq!(inviter.tickets.len(), 0);
    assert_eq!(inviter.surveys.len(), 60);
    assert_eq!(inviter.agenda.len(), 0);
}
