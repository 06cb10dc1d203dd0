//! What a bad score does.

use super::*;

fn answered(desk: &mut Desk<Inviter>, score: u32) -> TicketId {
    let ticket = closed(desk);
    desk.settle();
    answer(desk, survey(ticket, 1), score);
    ticket
}

#[test]
fn a_bad_score_brings_the_ticket_back_once() {
    let mut desk = desk();
    let ticket = answered(&mut desk, 2);
    desk.settle();
    assert_eq!(desk.status(ticket).name(), StatusName::Open);
    close(&mut desk, ticket);
    desk.pass(days(30));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
    assert_eq!(desk.closings(ticket), 2);
}

#[test]
fn a_better_one_does_not() {
    let mut desk = desk();
    let ticket = answered(&mut desk, 3);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn without_the_policy_none_does() {
    let mut desk = desk();
    desk.managers.clear();
    desk.start(Inviter::new(&InviterConfig::default(), PARTITIONS));
    let ticket = answered(&mut desk, 1);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn who_switches_it_on_brings_back_nothing_that_was_answered_before() {
    let mut desk = desk();
    desk.managers.clear();
    desk.start(Inviter::new(&InviterConfig::default(), PARTITIONS));
    let ticket = answered(&mut desk, 1);
    desk.pass(days(1));
    desk.managers.clear();
    desk.start(inviter());
    desk.settle();
    desk.comment(ticket);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn one_that_starts_soon_after_a_bad_score_still_brings_the_ticket_back() {
    let mut desk = desk();
    let ticket = closed(&mut desk);
    desk.settle();
    desk.managers.clear();
    answer(&mut desk, survey(ticket, 1), 1);
    desk.now += SignedDuration::from_mins(59);
    desk.start(inviter());
    desk.settle();
    assert_eq!(desk.status(ticket).name(), StatusName::Open);
}

#[test]
fn whoever_reopens_it_first_is_no_trouble() {
    let mut desk = desk();
    let ticket = answered(&mut desk, 1);
    desk.deliver(0);
    assert!(desk.step(0));
    desk.reopen(ticket);
    close(&mut desk, ticket);
    desk.arrive(0, 0);
    desk.pass(days(30));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn what_is_said_meanwhile_does_not_prevent_it() {
    let mut desk = desk();
    let ticket = answered(&mut desk, 1);
    desk.deliver(0);
    assert!(desk.step(0));
    desk.comment(ticket);
    desk.settle();
    assert_eq!(desk.status(ticket).name(), StatusName::Open);
}

#[test]
fn an_answer_about_an_earlier_closing_brings_nothing_back() {
    let mut desk = desk();
    let ticket = closed(&mut desk);
    desk.settle();
    desk.reopen(ticket);
    close(&mut desk, ticket);
    desk.settle();
    answer(&mut desk, survey(ticket, 1), 1);
    desk.pass(days(1));
    assert_eq!(desk.status(ticket).name(), StatusName::Closed);
}

#[test]
fn what_may_not_be_reopened_any_more_stays_closed() {
    let mut desk = Desk::empty();
    desk.register(CARLA, |_| {});
    let long = InviterConfig {
        answer_within_s: 100 * 86_400,
        ..POLICY
    };
    desk.start(Inviter::new(&long, PARTITIONS));
    let ticket = closed(&mut desk);
    desk.pass(REOPEN_WINDOW + jiff::SignedDuration::from_secs(1));
    answer(&mut desk, survey(ticket, 1), 1);
    desk.deliver(0);
    assert!(!desk.step(0));
}

#[test]
fn two_at_once_and_one_that_starts_reopen_it_once() {
    let mut desk = desk();
    desk.start(inviter());
    let ticket = answered(&mut desk, 1);
    for which in 0..2 {
        desk.deliver(which);
        assert!(desk.step(which));
    }
    desk.arrive(0, 0);
    desk.arrive(1, 0);
    desk.start(inviter());
    desk.pass(days(30));
    let events = desk.log.len();
    close(&mut desk, ticket);
    desk.pass(days(1));
    assert_eq!(desk.log.len(), events + 3, "solved, closed, asked again");
}
