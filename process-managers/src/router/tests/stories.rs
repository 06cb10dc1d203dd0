//! What becomes of a ticket, in stories.

use docket_domain::catalogue::Entry;
use docket_domain::command::{Amendment, Customer, Priority};
use docket_domain::consultant::{Availability, ConsultantCommand, ProfileChange};
use docket_domain::customer::{CustomerCommand, NotificationChannel, Preferences, Registration};
use docket_domain::routing::Reason;
use docket_domain::stream::StreamId;
use docket_domain::text::Personal;
use docket_domain::{Status, TicketCommand, TicketEvent};

use super::shop::{ANNA, BERT, CARLA, MANAGER, NOON, Shop, minutes, place, profile, skilled, text};

fn reason() -> docket_domain::text::Reason {
    text("because")
}

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
fn whoever_declined_is_not_asked_again_and_without_anybody_else_it_waits() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.hire(BERT, 1);
    let ticket = shop.open();
    shop.settle();
    shop.decline(ticket);
    shop.settle();
    shop.decline(ticket);
    shop.settle();
    let given = shop.given_to(ticket);
    assert_eq!(given.len(), 2);
    assert_ne!(given[0], given[1]);
    assert_eq!(*shop.status(ticket), Status::Open);

    shop.hire(CARLA, 1);
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(CARLA));
}

#[test]
fn what_is_not_accepted_in_time_goes_to_the_next() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.hire(BERT, 1);
    let ticket = shop.open();
    shop.settle();
    let first = shop.holder(ticket).unwrap();
    shop.pass(minutes(14));
    assert_eq!(shop.holder(ticket), Some(first));
    shop.pass(minutes(1));
    let second = shop.holder(ticket).unwrap();
    assert_ne!(second, first);
    let told = shop.events(ticket);
    let TicketEvent::Unassigned { reason, .. } = told[2] else {
        panic!("{told:?}")
    };
    assert_eq!(reason.as_str(), "not accepted within 15 minutes");

    shop.by_holder(ticket, TicketCommand::Accept);
    shop.pass(minutes(60));
    assert_eq!(shop.holder(ticket), Some(second));
}

#[test]
fn after_so_many_attempts_a_manager_must_assign_it_and_the_log_says_so() {
    let mut shop = Shop::new();
    for (n, id) in [ANNA, BERT, CARLA].into_iter().enumerate() {
        shop.hire(id, n as u32 + 1);
    }
    shop.hire(docket_domain::ids::PersonId(uuid::Uuid::from_u128(4)), 9);
    let ticket = shop.open();
    shop.pass(minutes(60));
    assert_eq!(*shop.status(ticket), Status::Open);
    let events = shop.events(ticket);
    let [
        ..,
        TicketEvent::Assigned {
            decision: Some(last),
            ..
        },
        TicketEvent::Unassigned { reason, .. },
    ] = events[..]
    else {
        panic!("{events:?}")
    };
    assert!(last.is_last_attempt());
    assert_eq!((last.attempt, last.attempts_max), (3, 3));
    assert_eq!(
        reason.as_str(),
        "not accepted within 15 minutes; after 3 attempts a manager must assign it"
    );

    // Asked for in another way, it is tried again.
    let amendment = Amendment {
        priority: Some(Priority::High),
        ..Amendment::default()
    };
    shop.ticket(ticket, MANAGER, TicketCommand::Amend(Box::new(amendment)));
    shop.settle();
    assert_eq!(shop.given_to(ticket).len(), 4);
}

#[test]
fn when_nobody_else_is_left_the_log_says_so_and_somebody_new_is_asked_all_the_same() {
    let mut shop = Shop::new();
    shop.hire_as(ANNA, skilled(["dsl"], 1));
    shop.hire_as(BERT, skilled(["dsl"], 1));
    shop.says(BERT, Availability::Busy);
    shop.hire(CARLA, 1);
    let ticket = shop.open_as(|open| open.skills = vec![text("dsl")]);
    shop.settle();
    let last = |shop: &Shop| {
        let decisions = shop.events(ticket).into_iter().rev();
        let mut decisions = decisions.filter_map(|event| match event {
            TicketEvent::Assigned { decision, .. } => decision.clone(),
            _ => None,
        });
        decisions.next().unwrap()
    };
    // Bert is only busy.
    assert!(!last(&shop).is_last_attempt());
    shop.decline(ticket);
    shop.says(BERT, Availability::Available);
    shop.settle();
    assert_eq!(shop.given_to(ticket), [ANNA, BERT]);
    assert!(last(&shop).is_last_attempt() && last(&shop).attempt == 2);
    shop.pass(minutes(15));
    let events = shop.events(ticket);
    let Some(TicketEvent::Unassigned { reason, .. }) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(
        reason.as_str(),
        "not accepted within 15 minutes; there is nobody else who could have it"
    );
    let learns = ProfileChange {
        skills: Some(skilled(["dsl"], 1).skills),
        ..ProfileChange::default()
    };
    shop.consultant(CARLA, ConsultantCommand::ChangeProfile(Box::new(learns)));
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(CARLA));
}

#[test]
fn who_declined_or_let_it_pass_is_asked_again_when_it_is_another_matter() {
    let amend = |change: fn(&mut Amendment)| {
        let mut amendment = Amendment::default();
        change(&mut amendment);
        TicketCommand::Amend(Box::new(amendment))
    };
    let resolve = TicketCommand::Resolve {
        code: text("phone"),
        note: None,
    };
    let other_matters = [
        vec![amend(|it| it.priority = Some(Priority::High))],
        vec![amend(|it| it.place = Some(Some(place(48.0, 11.0))))],
        vec![amend(|it| it.category = Some(Some(text("tills"))))],
        vec![TicketCommand::Transfer {
            team: text("north"),
            reason: None,
        }],
        vec![resolve, TicketCommand::Reopen { reason: reason() }],
    ];
    for commands in other_matters {
        let mut shop = Shop::new();
        for id in [ANNA, BERT] {
            let mut profile = profile(1);
            profile.team = Some(text("north"));
            shop.hire_as(id, profile);
        }
        let ticket = shop.open();
        shop.settle();
        shop.decline(ticket);
        shop.pass(minutes(15));
        assert_eq!(*shop.status(ticket), Status::Open);
        for command in commands {
            shop.ticket(ticket, MANAGER, command);
        }
        shop.pass(minutes(15));
        // Both once more, and neither of them a third time.
        assert_eq!(shop.given_to(ticket).len(), 4);
    }
}

#[test]
fn what_a_manager_assigned_by_hand_is_left_to_the_manager() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.says(ANNA, Availability::Away);
    let ticket = shop.open();
    shop.settle();
    let by_hand = TicketCommand::Assign {
        consultant: ANNA,
        decision: None,
    };
    shop.ticket(ticket, MANAGER, by_hand);
    shop.hire(BERT, 1);
    shop.pass(minutes(120));
    assert_eq!(shop.holder(ticket), Some(ANNA));
}

#[test]
fn a_ticket_that_was_taken_from_somebody_goes_to_somebody_else() {
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    let ticket = shop.open();
    shop.settle();
    shop.by_holder(ticket, TicketCommand::Accept);
    let reason = reason();
    shop.ticket(ticket, MANAGER, TicketCommand::Unassign { reason });
    shop.settle();
    assert_eq!(*shop.status(ticket), Status::Open);
    shop.hire(BERT, 1);
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(BERT));
}

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
    let mut shop = Shop::new();
    shop.hire(ANNA, 1);
    shop.hire(BERT, 1);
    let registration = Registration {
        name: Personal::Known(text("Kim")),
        phone: None,
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::None,
            language: None,
            consultant: Some(BERT),
            surveys: false,
        },
    };
    let register = CustomerCommand::Register(Box::new(registration));
    shop.tell(StreamId::Customer(CARLA), MANAGER, register);
    let ticket = shop.open_as(|open| open.customer = Customer::Registered(CARLA));
    shop.settle();
    assert_eq!(shop.holder(ticket), Some(BERT));
}
