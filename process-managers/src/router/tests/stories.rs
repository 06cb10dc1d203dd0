//! Who gets a ticket, and whose turn it is, in stories.

use docket_domain::catalogue::Entry;
use docket_domain::command::{Customer, Priority};
use docket_domain::consultant::Availability;
use docket_domain::routing::Reason;
use docket_domain::{Status, TicketCommand, TicketEvent};

use super::shop::{ANNA, BERT, CARLA, NOON, Shop, minutes, skilled, text};

#[test]
fn a_ticket_is_assigned_at_once_and_says_why() {
    let mut shop = Shop::new();
    shop.hire_as(ANNA, skilled(["printers"], 1));
    shop.hire(BERT, 1);
    let ticket = shop.open_as(|open| open.skills = vec![text("printers")]);
    shop.settle();
    let events = shop.events(ticket);
    let TicketEvent::Assigned {
        consultant,
        decision: Some(decision),
    } = events[1]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*consultant, decision.considered), (ANNA, 2));
    assert_eq!(decision.excluded.get(Reason::Skills), 1);
    assert_eq!((decision.attempt, decision.attempts_max), (1, 3));
    assert_eq!(decision.basis.positions.iter().sum::<u64>(), 5);
    assert_eq!(decision.basis.at, NOON);
}

#[test]
fn nobody_gets_more_than_they_may_and_what_waits_goes_when_there_is_room() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 2);
    let tickets: Vec<_> = (0..5).map(|_| shop.open()).collect();
    shop.settle();
    assert_eq!(shop.loads()[&ANNA], 2);

    let done = tickets
        .iter()
        .find(|id| shop.holder(**id).is_some())
        .unwrap();
    shop.by_holder(*done, TicketCommand::Accept);
    let code = text("fixed");
    shop.by_holder(*done, TicketCommand::Resolve { code, note: None });
    shop.settle();
    assert_eq!(shop.loads()[&ANNA], 2);
    let waiting = tickets
        .iter()
        .filter(|id| *shop.status(**id) == Status::Open);
    assert_eq!(waiting.count(), 2);
}

#[test]
fn when_somebody_becomes_free_the_most_urgent_ticket_goes_first_then_the_oldest() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.says(ANNA, Availability::Busy);
    let old = shop.open();
    shop.now += minutes(1);
    let young = shop.open();
    let urgent = shop.open_as(|open| open.priority = Priority::Critical);
    shop.settle();
    shop.says(ANNA, Availability::Available);
    for expected in [urgent, old, young] {
        shop.settle();
        assert_eq!(shop.holder(expected), Some(ANNA));
        let code = text("fixed");
        shop.by_holder(expected, TicketCommand::Resolve { code, note: None });
    }
}

#[test]
fn whose_turn_it_is_gets_the_one_person_even_if_another_ticket_could_have_them_too() {
    // Whichever way the lots fall between Anna and Bert, Bert is kept for the ticket that needs him.
    for lot in 0..20 {
        let mut shop = Shop::new().with_lot(lot);
        let first = shop.open_as(|open| open.skills = vec![text("dsl")]);
        shop.now += minutes(1);
        let second = shop.open();
        shop.settle();
        shop.hire(ANNA, 1);
        shop.hire_as(BERT, skilled(["dsl"], 1));
        shop.settle();
        assert_eq!(shop.holder(first), Some(BERT));
        assert_eq!(shop.holder(second), Some(ANNA));
    }
}

#[test]
fn who_comes_free_does_not_let_a_later_ticket_take_the_one_person_another_needs() {
    let mut shop = Shop::new();
    let mut linguist = skilled(["dsl"], 1);
    linguist.languages = [text("de")].into();
    shop.hire_as(BERT, linguist);
    let before = shop.open();
    shop.settle();
    let code = text("fixed");
    shop.by_holder(before, TicketCommand::Resolve { code, note: None });
    shop.settle();
    // All at once: Anna is there, and two tickets, for both of which Bert would be the best.
    shop.hire(ANNA, 1);
    let urgent = shop.open_as(|open| {
        open.skills = vec![text("dsl")];
        open.priority = Priority::Critical;
    });
    let other = shop.open_as(|open| open.language = Some(text("de")));
    shop.settle();
    assert_eq!(shop.holder(urgent), Some(BERT));
    assert_eq!(shop.holder(other), Some(ANNA));
}

#[test]
fn a_category_says_what_a_ticket_asks_for_and_a_store_where_it_is() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    let mut south = skilled(["dsl"], 1);
    south.areas = [text("south")].into();
    shop.hire_as(BERT, south);
    let ticket = shop.open_as(|open| {
        open.category = Some(text("router"));
        open.store = Some(text("munich"));
    });
    shop.says(ANNA, Availability::Away);
    shop.catalogue(Entry::Store {
        name: text("munich"),
        place: None,
        area: Some(text("north")),
    });
    shop.catalogue(Entry::Category {
        name: text("router"),
        skills: [text("dsl")].into(),
    });
    shop.says(ANNA, Availability::Available);
    shop.settle();
    assert_eq!(
        shop.holder(ticket),
        None,
        "Anna knows no dsl, Bert is in the south"
    );
    shop.catalogue(Entry::Store {
        name: text("munich"),
        place: None,
        area: Some(text("south")),
    });
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(BERT));
}

#[test]
fn whom_the_customer_would_like_comes_if_possible() {
    // Whichever way the lot falls between Anna and Bert, it is against one of them.
    for liked in [ANNA, BERT] {
        let mut shop = Shop::new();
        shop.hire(ANNA, 1);
        shop.hire(BERT, 1);
        shop.register(CARLA, |registration| {
            registration.preferences.consultant = Some(liked);
        });
        let ticket = shop.open_as(|open| open.customer = Customer::Registered(CARLA));
        shop.settle();
        assert_eq!(shop.holder(ticket), Some(liked));
    }
}
