//! What becomes of tickets when something changes about consultants.

use docket_domain::consultant::{ConsultantCommand, ProfileChange};
use docket_domain::ids::TicketId;
use docket_domain::text::Personal;
use docket_domain::{Status, TicketCommand};

use super::shop::{ANNA, BERT, IMPORTER, MANAGER, Shop, minutes, place, profile, skilled, text};

#[test]
fn whoever_retires_gives_back_what_they_have_but_what_is_on_hold_only_when_it_goes_on() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 3);
    let tickets: Vec<_> = (0..3).map(|_| shop.open()).collect();
    shop.settle();
    shop.by_holder(tickets[1], TicketCommand::Accept);
    let hold = TicketCommand::Hold {
        awaiting: docket_domain::command::Awaiting::Parts,
        note: None,
    };
    shop.by_holder(tickets[2], hold);
    shop.hire(BERT, 3);
    shop.consultant(ANNA, ConsultantCommand::Retire);
    shop.settle();
    assert_eq!(shop.holder(tickets[0]), Some(BERT));
    assert_eq!(shop.holder(tickets[1]), Some(BERT));
    assert_eq!(shop.holder(tickets[2]), Some(ANNA));
    shop.ticket(tickets[2], MANAGER, TicketCommand::Resume);
    shop.settle();
    assert_eq!(shop.holder(tickets[2]), Some(BERT));
}

#[test]
fn a_capacity_lowered_below_the_load_takes_nothing_away_and_gives_nothing_more() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 3);
    let tickets: Vec<_> = (0..3).map(|_| shop.open()).collect();
    shop.settle();
    let change = ProfileChange {
        capacity: Some(1),
        ..ProfileChange::default()
    };
    shop.consultant(ANNA, ConsultantCommand::ChangeProfile(Box::new(change)));
    let more = shop.open();
    shop.settle();
    assert_eq!((shop.loads()[&ANNA], shop.holder(more)), (3, None));
    for (done, expected) in tickets.iter().zip([None, None, Some(ANNA)]) {
        let code = text("fixed");
        shop.by_holder(*done, TicketCommand::Resolve { code, note: None });
        shop.settle();
        assert_eq!(shop.holder(more), expected);
    }
}

#[test]
fn the_nearest_goes_and_a_ticket_without_a_place_goes_to_anybody() {
    let mut shop = Shop::new();
    for (id, latitude) in [(ANNA, 48.0), (BERT, 52.5)] {
        let mut profile = profile(1);
        profile.travel_km_max = Some(100);
        shop.hire_as(id, profile);
        let place = Some(place(latitude, 11.0));
        shop.consultant(id, ConsultantCommand::ChangePlace { place });
    }
    let north = shop.open_as(|open| open.place = Some(place(52.4, 11.0)));
    let far = shop.open_as(|open| open.place = Some(place(0.0, 0.0)));
    let nowhere = shop.open_as(|open| open.place = Some(Personal::Erased));
    shop.settle();
    assert_eq!(shop.holder(north), Some(BERT));
    assert_eq!(shop.holder(far), None);
    assert_eq!(shop.holder(nowhere), Some(ANNA));
}

#[test]
fn skills_that_nobody_has_wait_until_somebody_learns_them() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    let ticket = shop.open_as(|open| open.skills = vec![text("lasers")]);
    shop.pass(minutes(600));
    assert_eq!(*shop.status(ticket), Status::Open);
    let change = ProfileChange {
        skills: Some(skilled(["lasers"], 1).skills),
        ..ProfileChange::default()
    };
    shop.consultant(ANNA, ConsultantCommand::ChangeProfile(Box::new(change)));
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn who_moved_keeps_what_they_have_and_is_given_what_is_near_them_now() {
    let mut shop = Shop::new();
    let mut profile = profile(9);
    profile.travel_km_max = Some(100);
    shop.hire_as(ANNA, profile);
    let lives = |latitude| ConsultantCommand::ChangePlace {
        place: Some(place(latitude, 11.0)),
    };
    shop.consultant(ANNA, lives(48.0));
    let south = shop.open_as(|open| open.place = Some(place(48.1, 11.0)));
    let north = shop.open_as(|open| open.place = Some(place(52.5, 11.0)));
    shop.settle();
    assert_eq!(shop.holder(south), Some(ANNA));
    assert_eq!(shop.holder(north), None);
    shop.consultant(ANNA, lives(52.4));
    shop.settle();
    assert_eq!(shop.holder(south), Some(ANNA));
    assert_eq!(shop.holder(north), Some(ANNA));
    let more = shop.open_as(|open| open.place = Some(place(48.1, 11.0)));
    shop.settle();
    assert_eq!(shop.holder(more), None);
}

#[test]
fn who_went_off_shift_loses_what_they_have_not_accepted_and_keeps_what_they_have() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 2);
    shop.works(ANNA, "Europe/Berlin", "09:00", "13:05");
    let [accepted, seen_by_nobody] = [shop.open(), shop.open()];
    shop.settle();
    shop.by_holder(accepted, TicketCommand::Accept);
    shop.hire(BERT, 2);
    shop.pass(minutes(15));
    assert_eq!(shop.holder(accepted), Some(ANNA));
    assert_eq!(shop.holder(seen_by_nobody), Some(BERT));
}

/// Of somebody who has it, and it is none of a router's doing.
fn imported(shop: &mut Shop) -> TicketId {
    let ticket = shop.open_by(IMPORTER, |_| {});
    let assign = TicketCommand::Assign {
        consultant: ANNA,
        decision: None,
    };
    shop.ticket(ticket, IMPORTER, assign);
    ticket
}

#[test]
fn what_was_brought_from_elsewhere_goes_on_when_its_consultant_retires() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 3);
    shop.hire(BERT, 3);
    let ticket = imported(&mut shop);
    shop.pass(minutes(60));
    assert_eq!(shop.holder(ticket), Some(ANNA));
    shop.consultant(ANNA, ConsultantCommand::Retire);
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(BERT));

    // That they had it who were gone by then is history.
    shop.pass(minutes(1));
    let before = imported(&mut shop);
    shop.pass(minutes(60));
    assert_eq!(shop.holder(before), Some(ANNA));
}
