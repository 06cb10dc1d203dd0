//! What waits for time, what comes from elsewhere, and what can't be read.

use docket_domain::catalogue::Entry;
use docket_domain::stream::StreamId;
use docket_domain::{TicketCommand, Timestamp};
use jiff::SignedDuration;
use jiff::civil::date;

use super::shop::{ANNA, BERT, IMPORTER, MANAGER, Shop, minutes, settings, text};

#[test]
fn a_shift_that_starts_is_no_event_but_a_timer() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.works(ANNA, "Europe/Berlin", "14:00", "18:00");
    let ticket = shop.open();
    shop.pass(minutes(59));
    assert_eq!(shop.holder(ticket), None, "13:59 in Berlin");
    shop.pass(minutes(1));
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn after_a_shift_nobody_is_given_anything() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 2);
    shop.works(ANNA, "Europe/Berlin", "09:00", "14:00");
    shop.pass(minutes(60));
    let ticket = shop.open();
    shop.pass(minutes(60 * 18));
    assert_eq!(shop.holder(ticket), None, "08:00 in Berlin");
    shop.pass(minutes(60));
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn who_went_off_shift_before_they_saw_it_is_asked_again_on_the_next() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.works(ANNA, "Europe/Berlin", "08:00", "13:05");
    let ticket = shop.open();
    shop.pass(minutes(15));
    // 13:15 in Berlin: she left before her time to accept was over.
    assert_eq!(shop.given_to(ticket), [ANNA]);
    assert_eq!(shop.holder(ticket), None);
    shop.pass(minutes(18 * 60));
    assert_eq!(shop.holder(ticket), None, "07:15");
    shop.pass(minutes(45));
    assert_eq!(shop.holder(ticket), Some(ANNA), "08:00");
}

#[test]
fn who_let_it_pass_on_shift_is_not_asked_again_on_the_same_one() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    let ticket = shop.open();
    shop.pass(minutes(8 * 60));
    assert_eq!(shop.given_to(ticket).len(), 1);
    shop.pass(minutes(15));
    assert_eq!(shop.given_to(ticket).len(), 2);
}

#[test]
fn where_clocks_are_put_forward_the_shift_starts_when_the_wall_says_so() {
    let mut shop = Shop::new();
    shop.now = "2026-03-28T20:00:00Z".parse().unwrap();
    shop.hire(ANNA, 1);
    // 02:00 to 03:00 doesn't come that night; 03:00 is at 01:00Z.
    shop.works(ANNA, "Europe/Berlin", "02:30", "06:00");
    let ticket = shop.open();
    shop.pass(minutes(5 * 60 - 1));
    assert_eq!(shop.holder(ticket), None);
    shop.pass(minutes(1));
    assert_eq!(shop.now.to_string(), "2026-03-29T01:00:00Z");
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn where_clocks_change_in_the_middle_of_a_shift_it_ends_when_the_wall_says_so() {
    // Night shifts of eight hours by the clock: seven in spring, nine in autumn.
    for (evening, ends) in [
        ("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"),
        ("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"),
    ] {
        let (evening, ends): (Timestamp, Timestamp) =
            (evening.parse().unwrap(), ends.parse().unwrap());
        let mut shop = Shop::new();
        shop.now = evening - minutes(60);
        shop.hire(ANNA, 9);
        shop.works(ANNA, "Europe/Berlin", "22:00", "06:00");
        let early = shop.open();
        shop.settle();
        assert_eq!(shop.holder(early), None, "21:00 in Berlin");
        shop.pass(minutes(60));
        assert_eq!(shop.holder(early), Some(ANNA), "22:00");
        shop.by_holder(early, TicketCommand::Accept);

        // In the hour that the clock skips, or shows twice, and in the shift's last minute.
        for since in [minutes(4 * 60 + 30), minutes(5 * 60 + 30)] {
            shop.pass((evening + since).duration_since(shop.now));
            let ticket = shop.open();
            shop.settle();
            assert_eq!(shop.holder(ticket), Some(ANNA), "{}", shop.now);
            shop.by_holder(ticket, TicketCommand::Accept);
        }
        shop.pass((ends - minutes(1)).duration_since(shop.now));
        let last = shop.open();
        shop.settle();
        assert_eq!(shop.holder(last), Some(ANNA), "05:59");
        shop.by_holder(last, TicketCommand::Accept);
        shop.pass(minutes(1));
        let late = shop.open();
        shop.pass(minutes(16 * 60 - 1));
        assert_eq!(shop.holder(late), None, "06:00 to 21:59");
        shop.pass(minutes(1));
        assert_eq!(shop.holder(late), Some(ANNA), "22:00 again");
    }
}

#[test]
fn on_a_holiday_no_shift_begins() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.works(ANNA, "Europe/Berlin", "09:00", "17:00");
    shop.settle();
    shop.catalogue(Entry::Holiday {
        date: date(2026, 3, 2),
        area: None,
        name: text("Today"),
    });
    let ticket = shop.open();
    shop.pass(minutes(60));
    assert_eq!(shop.holder(ticket), None);
    shop.pass(minutes(60 * 24));
    assert_eq!(shop.given_to(ticket), [ANNA]);
}

#[test]
fn whose_clock_hangs_in_an_unknown_place_is_off_duty() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.works(ANNA, "Mars/Olympus", "00:00", "23:59");
    let ticket = shop.open();
    shop.pass(minutes(60 * 24));
    assert_eq!(shop.holder(ticket), None);
}

#[test]
fn history_from_elsewhere_is_not_routed_until_it_opens_again_here() {
    let mut shop = Shop::new();
    let ticket = shop.open_by(IMPORTER, |_| {});
    shop.hire(ANNA, 1);
    shop.pass(minutes(60));
    assert_eq!(shop.given_to(ticket), []);
    let team = text("here");
    shop.ticket(
        ticket,
        MANAGER,
        TicketCommand::Transfer { team, reason: None },
    );
    shop.settle();
    assert_eq!(shop.holder(ticket), None, "Anna is in no team");
    let team = text("elsewhere");
    shop.ticket(
        ticket,
        MANAGER,
        TicketCommand::Transfer { team, reason: None },
    );
    let mut profile = super::shop::profile(1);
    profile.team = Some(text("elsewhere"));
    shop.hire_as(BERT, profile);
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(BERT));
}

#[test]
fn a_ticket_with_an_event_that_cannot_be_read_is_left_alone() {
    let mut shop = Shop::new();
    let strange = shop.open();
    shop.append_unreadable(StreamId::Ticket(strange));
    let plain = shop.open();
    let later = shop.open();
    shop.hire(ANNA, 3);
    shop.settle();
    assert_eq!(shop.given_to(strange), []);
    assert_eq!(shop.given_to(plain), [ANNA]);
    // What the newer version said of this one may be that it was accepted.
    shop.append_unreadable(StreamId::Ticket(later));
    shop.pass(minutes(60));
    assert_eq!((shop.holder(plain), shop.holder(later)), (None, Some(ANNA)));
    assert_eq!(shop.plan(0).world.unreadable, 2);
}

#[test]
fn a_consultant_with_an_event_that_cannot_be_read_is_given_nothing() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 2);
    shop.append_unreadable(StreamId::Consultant(ANNA));
    let ticket = shop.open();
    shop.settle();
    assert_eq!(shop.holder(ticket), None);
}

#[test]
fn what_is_closed_is_forgotten_when_it_cannot_come_back_and_not_before() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 9);
    let [comes_back, stays] = [shop.open(), shop.open()];
    shop.settle();
    let reopen_until = shop.now + minutes(60);
    for ticket in [comes_back, stays] {
        let code = text("fixed");
        shop.by_holder(ticket, TicketCommand::Resolve { code, note: None });
        shop.ticket(ticket, MANAGER, TicketCommand::Close { reopen_until });
    }
    shop.consultant(ANNA, docket_domain::consultant::ConsultantCommand::Retire);
    shop.hire(BERT, 9);
    shop.pass(minutes(59));
    let reason = text("again");
    shop.ticket(comes_back, MANAGER, TicketCommand::Reopen { reason });
    shop.settle();
    // It went to Anna, who is gone, and from there to somebody else.
    assert_eq!(shop.holder(comes_back), Some(BERT));

    shop.pass(minutes(60 * 24 * 7 + 180));
    for _ in 0..40 {
        shop.open();
    }
    shop.settle();
    let world = &shop.plan(0).world;
    assert!(world.ticket(stays).is_none());
    assert!(world.ticket(comes_back).is_some());
}

#[test]
fn what_an_import_closed_and_brought_back_is_routed_once_something_happens_here() {
    let mut shop = Shop::new();
    let mut north = super::shop::skilled(["dsl"], 1);
    north.team = Some(text("north"));
    shop.hire_as(ANNA, north);
    let ticket = shop.come_back_by_import(|open| open.skills = vec![text("dsl")]);
    shop.pass(minutes(60));
    assert_eq!(shop.given_to(ticket), []);
    let transfer = TicketCommand::Transfer {
        team: text("north"),
        reason: None,
    };
    shop.ticket(ticket, MANAGER, transfer);
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn fifty_thousand_waiting_tickets_are_taken_in_by_bounded_steps() {
    let mut shop = Shop::empty();
    for n in 0..50_000 {
        let skill = format!("skill {}", n % 40);
        shop.open_as(|open| open.skills = vec![text(&skill)]);
    }
    shop.start_router(1, settings());
    shop.hire(ANNA, 1);
    shop.deliver(0);
    let mut steps = 0;
    let mut most = 0;
    loop {
        let step = shop.managers[0].manager.plan.step(shop.now);
        steps += 1;
        most = most.max(step.decisions);
        if !step.more {
            break;
        }
    }
    assert!(most <= 64 && steps >= 50_000 / 64, "{most} in {steps}");
    assert_eq!(shop.plan(0).waiting().0, 50_000);
    // And then a new one takes one look.
    shop.hire_as(BERT, super::shop::skilled(["skill 7"], 1));
    shop.deliver(0);
    let step = shop.managers[0].manager.plan.step(shop.now);
    assert!(!step.more && step.decisions <= 2, "{step:?}");
    shop.now += SignedDuration::from_secs(3);
    shop.settle();
    assert_eq!(shop.loads()[&BERT], 1);
}
