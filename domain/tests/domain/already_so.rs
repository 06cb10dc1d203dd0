//! What is so already is answered with nothing, not with a refusal and not with a second event.

use docket_domain::command::{Amendment, Awaiting, Place, Point, Priority};
use docket_domain::text::Personal;
use docket_domain::{CommandName, Role, TicketCommand, TicketEvent};

use crate::scenarios::{
    ANNA, CONSULTANT, MANAGER, ROUTER, accepted_ticket, and_then, assign, assigned_ticket,
    cancelled_ticket, closed_ticket, held, held_ticket, hold, new_subject, opened_ticket, reason,
    resolve, resolved_ticket, sample, text, transfer,
};
use crate::story::given;

fn amend(amendment: Amendment) -> TicketCommand {
    TicketCommand::Amend(Box::new(amendment))
}

#[test]
fn what_is_so_already_is_not_done_again() {
    for (history, command) in [
        (assigned_ticket(), assign(ANNA)),
        (accepted_ticket(), assign(ANNA)),
        (held_ticket(), assign(ANNA)),
        (accepted_ticket(), TicketCommand::Accept),
        (held_ticket(), hold(Awaiting::Customer)),
        (resolved_ticket(), resolve("replaced")),
        (closed_ticket(), sample(CommandName::Close)),
        (cancelled_ticket(), sample(CommandName::Cancel)),
        (opened_ticket(), transfer("Field north")),
        (and_then(opened_ticket(), held()), transfer("Field north")),
        (
            opened_ticket(),
            TicketCommand::Unassign { reason: reason() },
        ),
        (
            and_then(opened_ticket(), held()),
            TicketCommand::Unassign { reason: reason() },
        ),
    ] {
        given(history).by(MANAGER).when(command).then_nothing();
    }
}

#[test]
fn entries_and_links_are_known_again_by_their_ids_even_when_all_is_over() {
    for command in [
        CommandName::AddComment,
        CommandName::Link,
        CommandName::LogWork,
    ] {
        given(accepted_ticket())
            .when(sample(command))
            .then_accepted()
            .when(sample(command))
            .then_nothing()
            .when(sample(CommandName::Cancel))
            .then_accepted()
            .when(sample(command))
            .then_nothing();
    }
}

#[test]
fn setting_out_and_arriving_happen_once() {
    given(accepted_ticket())
        .by(CONSULTANT)
        .when(TicketCommand::StartTravel)
        .then_accepted()
        .when(TicketCommand::StartTravel)
        .then_nothing()
        .when(TicketCommand::Arrive)
        .then_accepted()
        .when(TicketCommand::Arrive)
        .then_nothing();
}

#[test]
fn a_router_that_repeats_a_managers_word_changes_nothing() {
    given(assigned_ticket())
        .when(TicketCommand::Decline { reason: reason() })
        .then_accepted()
        .by_role(Role::Administrator)
        .when(assign(ANNA))
        .then_accepted()
        .by(ROUTER)
        .when(assign(ANNA))
        .then_nothing();
}

#[test]
fn an_amendment_that_changes_nothing_is_none() {
    let as_opened = Amendment {
        subject: Some(Personal::Known(text("Printer on fire"))),
        description: Some(Some(Personal::Known(text("It smokes.")))),
        category: Some(Some(text("printers"))),
        skills: Some(vec![text("printers")]),
        priority: Some(Priority::Moderate),
        place: Some(None),
        fields: [(text("floor"), Some(text("3"))), (text("room"), None)].into(),
    };
    given(opened_ticket())
        .when(amend(Amendment::default()))
        .then_nothing()
        .when(amend(as_opened))
        .then_nothing();
}

#[test]
fn an_amendment_records_only_what_changes() {
    given(opened_ticket())
        .when(amend(Amendment {
            category: Some(Some(text("printers"))),
            priority: Some(Priority::Critical),
            fields: [
                (text("floor"), Some(text("3"))),
                (text("room"), Some(text("12"))),
            ]
            .into(),
            ..new_subject("Printer on fire")
        }))
        .then(TicketEvent::Amended(Box::new(Amendment {
            priority: Some(Priority::Critical),
            fields: [(text("room"), Some(text("12")))].into(),
            ..Amendment::default()
        })));
}

#[test]
fn each_part_of_an_amendment_is_seen_when_it_changes_and_not_again() {
    let place = |address: Option<&str>, point| {
        Some(Some(Personal::Known(Place {
            address: address.map(text),
            point,
        })))
    };
    let changes = [
        new_subject("Printer smokes"),
        Amendment {
            description: Some(None),
            ..Amendment::default()
        },
        Amendment {
            category: Some(None),
            ..Amendment::default()
        },
        Amendment {
            skills: Some(vec![]),
            ..Amendment::default()
        },
        Amendment {
            priority: Some(Priority::Low),
            ..Amendment::default()
        },
        Amendment {
            place: place(Some("Main Street 1"), None),
            ..Amendment::default()
        },
        Amendment {
            place: place(Some("Main Street 1"), Point::new(48.1, 11.5)),
            ..Amendment::default()
        },
        Amendment {
            place: place(None, Point::new(48.1, 11.5)),
            ..Amendment::default()
        },
        Amendment {
            fields: [(text("floor"), Some(text("4")))].into(),
            ..Amendment::default()
        },
        Amendment {
            fields: [(text("floor"), None)].into(),
            ..Amendment::default()
        },
    ];
    let mut story = given(opened_ticket());
    for change in changes {
        story = story
            .when(amend(change.clone()))
            .then(TicketEvent::Amended(Box::new(change.clone())))
            .when(amend(change))
            .then_nothing();
    }
}

#[test]
fn what_was_erased_can_be_said_anew() {
    let mut history = opened_ticket();
    if let TicketEvent::Opened(open) = &mut history[0] {
        open.subject = Personal::Erased;
    }
    given(history)
        .when(amend(new_subject("Printer on fire")))
        .then_accepted();
}
