//! Several routers on one log.

use std::collections::BTreeSet;

use docket_domain::TicketCommand;
use docket_domain::catalogue::Entry;
use docket_domain::command::{Amendment, Priority};
use jiff::SignedDuration;

use crate::manager::Manager;
use crate::router::Router;

use super::shop::{ANNA, BERT, MANAGER, Shop, at_once, minutes, settings, text};

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

fn active(shop: &Shop) -> Vec<bool> {
    shop.managers
        .iter()
        .map(|router| router.manager.plan.is_active())
        .collect()
}

/// Two routers, of which the first became active.
fn two_routers() -> Shop {
    let mut shop = Shop::empty();
    shop.hire(ANNA, 100);
    shop.hire(BERT, 100);
    shop.start_router(1, settings());
    shop.start_router(999, settings());
    shop.open();
    shop.pass(seconds(3));
    assert_eq!(active(&shop), [true, false]);
    shop
}

#[test]
fn one_becomes_active_and_the_other_stands_by_as_long_as_tickets_are_routed() {
    let mut shop = two_routers();
    for _ in 0..20 {
        let ticket = shop.open();
        shop.pass(seconds(5));
        assert_eq!(shop.given_to(ticket).len(), 1);
        assert_eq!(active(&shop), [true, false]);
    }
}

#[test]
fn a_standby_takes_over_when_the_active_one_is_gone() {
    let mut shop = two_routers();
    shop.managers.remove(0);
    let ticket = shop.open();
    shop.pass(SignedDuration::from_millis(1_900));
    assert_eq!(shop.holder(ticket), None);
    shop.pass(SignedDuration::from_millis(700));
    assert!(shop.holder(ticket).is_some());
    let next = shop.open();
    shop.settle();
    assert!(shop.holder(next).is_some(), "from now on at once");
}

#[test]
fn a_standby_takes_over_what_should_have_been_accepted_too() {
    let mut shop = two_routers();
    let ticket = shop.open();
    shop.settle();
    let first = shop.holder(ticket);
    shop.managers.remove(0);
    shop.pass(minutes(16));
    assert!(shop.holder(ticket).is_some());
    assert_ne!(shop.holder(ticket), first);
}

#[test]
fn a_more_urgent_ticket_does_not_put_the_takeover_off() {
    let mut shop = Shop::empty();
    shop.hire(ANNA, 1);
    shop.start_router(999, settings());
    let first = shop.open();
    shop.pass(SignedDuration::from_millis(1_500));
    // Anna is all there is, and she is kept for the first one as yet.
    let urgent = shop.open_as(|open| open.priority = Priority::Critical);
    shop.pass(seconds(1));
    assert_eq!(active(&shop), [true]);
    assert_eq!(shop.holder(urgent), Some(ANNA));
    assert_eq!(shop.holder(first), None);
}

#[test]
fn a_ticket_that_nobody_can_take_is_no_sign_of_an_absent_router() {
    let mut shop = two_routers();
    shop.open_as(|open| open.skills = vec![text("lasers")]);
    shop.pass(minutes(10));
    assert_eq!(active(&shop), [true, false]);
}

#[test]
fn of_two_that_are_active_the_one_that_goes_before_stays() {
    let mut shop = two_routers();
    // The first one is cut off, and the second takes over.
    let cut_off = shop.managers.remove(0);
    shop.open();
    shop.pass(seconds(3));
    assert_eq!(active(&shop), [true]);
    // Back again it believes to be active still, until one of them sees the other.
    shop.managers.insert(0, cut_off);
    let ticket = shop.open();
    shop.settle();
    assert_eq!(shop.given_to(ticket).len(), 1);
    assert_eq!(active(&shop), [true, false]);
}

#[test]
fn who_stays_active_is_no_matter_of_clocks() {
    let mut shop = two_routers();
    let cut_off = shop.managers.remove(0);
    shop.open();
    shop.pass(seconds(3));
    shop.managers.insert(0, cut_off);
    shop.open();
    shop.deliver(0);
    while shop.step(0) {}
    shop.arrive(0, 0);
    // To the second's clock the first one's decision is an hour old when it reads it.
    shop.now += minutes(60);
    shop.deliver(1);
    assert_eq!(active(&shop), [true, false]);
}

#[test]
fn two_that_both_send_never_assign_twice() {
    let mut shop = two_routers();
    shop.managers.remove(0);
    shop.open();
    shop.pass(seconds(3));
    // A third that goes behind the second: nobody steps back for it.
    shop.start_router(1_000, super::shop::settings());
    shop.pass(seconds(3));
    let ticket = shop.open();
    shop.deliver(0);
    shop.step(0);
    // What the second sends is late; the third, which has waited long enough, takes over.
    shop.deliver(1);
    shop.step(1);
    shop.now += seconds(3);
    shop.deliver(1);
    while shop.step(1) {}
    assert_eq!(active(&shop), [true, true]);
    assert_eq!(
        (shop.managers[0].sent.len(), shop.managers[1].sent.len()),
        (1, 1)
    );
    shop.arrive(1, 0);
    shop.arrive(0, 0);
    assert_eq!(shop.given_to(ticket).len(), 1);
    shop.pass(seconds(10));
    assert_eq!(shop.given_to(ticket).len(), 1);
}

#[test]
fn restarted_it_sends_nothing_twice() {
    let mut shop = two_routers();
    let tickets: Vec<_> = (0..10).map(|_| shop.open()).collect();
    shop.settle();
    shop.by_holder(tickets[0], TicketCommand::Accept);
    shop.managers.clear();
    let before = shop.log.len();
    shop.start_router(5, settings());
    shop.pass(seconds(60));
    assert_eq!(shop.log.len(), before);
}

#[test]
fn while_a_command_is_on_its_way_no_other_is_sent_for_that_ticket() {
    let mut shop = two_routers();
    shop.open();
    shop.deliver(0);
    shop.step(0);
    assert_eq!(shop.managers[0].sent.len(), 1);
    // Whatever else is said of what it asks for, which it doesn't hear of itself.
    shop.catalogue(Entry::Store {
        name: text("munich"),
        place: None,
        area: None,
    });
    shop.deliver(0);
    shop.now += seconds(20);
    while shop.step(0) {}
    assert_eq!(shop.managers[0].sent.len(), 1);
}

#[test]
fn what_was_refused_is_tried_again_later_under_another_key_unless_the_log_says_more() {
    let mut shop = two_routers();
    let [refused, changed] = [shop.open(), shop.open()];
    shop.deliver(0);
    shop.step(0);
    let sent = std::mem::take(&mut shop.managers[0].sent);
    assert_eq!(sent.len(), 2);
    for intent in &sent {
        assert_eq!(intent.repeat, 0);
        shop.managers[0].manager.refused(shop.now, intent);
    }
    let amendment = Amendment {
        priority: Some(Priority::High),
        ..Amendment::default()
    };
    shop.ticket(changed, MANAGER, TicketCommand::Amend(Box::new(amendment)));
    shop.deliver(0);
    while shop.step(0) {}
    let now = |shop: &Shop| -> Vec<_> {
        let sent = shop.managers[0].sent.iter();
        sent.map(|it| (it.ticket, it.version, it.repeat)).collect()
    };
    assert_eq!(now(&shop), [(changed, 2, 0)]);
    shop.now += seconds(1);
    while shop.step(0) {}
    assert_eq!(now(&shop), [(changed, 2, 0), (refused, 1, 1)]);
}

#[test]
fn started_again_it_takes_no_key_that_was_refused_but_the_first() {
    let refused_keys = |shop: &mut Shop| -> Vec<String> {
        let refused = (0..3).map(|_| {
            shop.deliver(0);
            while shop.step(0) {}
            let intent = shop.managers[0].sent.remove(0);
            shop.managers[0].manager.refused(shop.now, &intent);
            shop.now += seconds(60);
            Router::command(&intent).key
        });
        refused.collect()
    };
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.open();
    let before = refused_keys(&mut shop);
    shop.managers.clear();
    shop.start_router(2, at_once());
    let after = refused_keys(&mut shop);
    assert_eq!(before[0], after[0]);
    let keys: BTreeSet<_> = before.iter().chain(&after).collect();
    assert_eq!(keys.len(), 5, "{keys:?}");
}

#[test]
fn what_was_on_its_way_when_a_router_died_is_counted_when_it_arrives() {
    let mut shop = two_routers();
    let ticket = shop.open();
    shop.deliver(0);
    shop.step(0);
    let sent = shop.managers[0].sent.remove(0);
    shop.managers.remove(0);
    shop.settle();
    shop.execute(&sent).unwrap();
    shop.pass(seconds(10));
    assert_eq!(shop.given_to(ticket).len(), 1);
    assert_eq!(active(&shop), [false]);
}

#[test]
fn a_standby_that_hears_of_another_s_work_leaves_a_silent_partition_to_it() {
    let mut shop = two_routers();
    let stuck = shop.open();
    shop.deliver(0);
    shop.step(0);
    let unanswered = shop.managers[0].sent.remove(0);
    for _ in 0..20 {
        let ticket = shop.open();
        for _ in 0..4 {
            shop.now += SignedDuration::from_millis(250);
            shop.settle();
        }
        assert_eq!(shop.given_to(ticket).len(), 1);
        assert_eq!(active(&shop), [true, false]);
    }
    assert_eq!(shop.holder(stuck), None);
    shop.execute(&unanswered).unwrap();
    shop.pass(seconds(10));
    assert_eq!(shop.given_to(stuck).len(), 1);
    assert_eq!(active(&shop), [true, false]);
}

#[test]
fn a_standby_that_reads_late_is_no_sign_of_an_absent_router() {
    let mut shop = two_routers();
    shop.pass(seconds(60));
    let ticket = shop.open();
    shop.deliver(0);
    shop.step(0);
    // The second reads of the ticket, and for a long time nothing more.
    shop.deliver_some(1, 1);
    shop.arrive(0, 0);
    for _ in 0..10 {
        shop.now += seconds(1);
        while shop.step(1) {}
    }
    assert_eq!(active(&shop), [true, false]);
    shop.settle();
    assert_eq!(shop.given_to(ticket).len(), 1);
    assert_eq!(active(&shop), [true, false]);
}
