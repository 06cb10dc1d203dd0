//! What becomes of a ticket that somebody declines, doesn't accept, or has taken from them.

use docket_domain::command::{Amendment, Priority};
use docket_domain::consultant::{Availability, ConsultantCommand, ProfileChange};
use docket_domain::{Status, TicketCommand, TicketEvent};

use super::shop::{
    ANNA, BERT, CARLA, MANAGER, Shop, at_once, minutes, place, profile, skilled, text,
};
use crate::router::plan::Settings;

fn reason() -> docket_domain::text::Reason {
    text("because")
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
fn fewer_attempts_from_a_restart_on_leave_no_ticket_forgotten() {
    let mut shop = Shop::new();
    for id in [ANNA, BERT, CARLA] {
        shop.hire(id, 1);
    }
    shop.hire(docket_domain::ids::PersonId(uuid::Uuid::from_u128(4)), 9);
    let ticket = shop.open();
    shop.pass(minutes(20));
    assert_eq!(shop.given_to(ticket).len(), 2);
    // Nobody was told that the second was the last one.
    shop.managers.clear();
    let fewer = Settings {
        attempts_max: 2,
        ..at_once()
    };
    shop.start_router(2, fewer);
    shop.pass(minutes(60));
    assert_eq!(shop.given_to(ticket).len(), 3);
    let events = shop.events(ticket);
    let decisions = events.iter().filter_map(|event| match event {
        TicketEvent::Assigned { decision, .. } => decision.as_ref(),
        _ => None,
    });
    let last: Vec<_> = decisions.map(|it| it.is_last_attempt()).collect();
    assert_eq!(last, [false, false, true]);
}
