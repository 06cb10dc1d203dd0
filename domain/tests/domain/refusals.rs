//! Each refusal that is not a matter of status (see `status_table`) or role (see `authorization`).

use docket_domain::command::{
    Amendment, ENTRIES_MAX, FIELDS_MAX, LINKS_MAX, OpenTicket, PARTS_MAX, Part, Relation,
    SKILLS_MAX,
};
use docket_domain::ids::TicketId;
use docket_domain::rejection::Countable;
use docket_domain::text::{FieldValue, Label};
use docket_domain::{CommandName, Rejection, Role, StatusName, TicketCommand, TicketEvent};
use uuid::Uuid;

use crate::scenarios::{
    ANNA, IMPORTER, ROUTER, TICKET, accepted_ticket, and_then, assign, assigned, assigned_ticket,
    closed_ticket, declined_ticket, held, hours, open_ticket, opened_ticket, reason, reopen_until,
    sample, stranger, text, work,
};
use crate::story::given;

fn full(what: Countable, max: usize) -> Rejection {
    Rejection::Full {
        what,
        max: u32::try_from(max).unwrap(),
    }
}

fn labels(count: usize) -> Vec<Label> {
    (0..count).map(|n| text(&format!("label {n}"))).collect()
}

#[test]
fn a_ticket_is_opened_once() {
    given(opened_ticket())
        .when(sample(CommandName::Open))
        .then_rejected(&Rejection::AlreadyOpened);
}

#[test]
fn a_sender_who_decided_on_another_version_is_told_the_actual_one() {
    let stale = |expected| Rejection::Stale {
        expected,
        actual: 2,
    };
    for expected in [0, 1, 3] {
        given(assigned_ticket())
            .expecting_version(expected)
            .when(TicketCommand::Accept)
            .then_rejected(&stale(expected));
    }
    given(assigned_ticket())
        .expecting_version(2)
        .when(TicketCommand::Accept)
        .then_accepted()
        // What is so already was decided on another version all the same.
        .when(TicketCommand::Accept)
        .then_rejected(&Rejection::Stale {
            expected: 2,
            actual: 3,
        });
    given([])
        .expecting_version(1)
        .when(sample(CommandName::Open))
        .then_rejected(&Rejection::Stale {
            expected: 1,
            actual: 0,
        });
}

#[test]
fn a_consultant_who_declined_is_not_asked_again_unless_a_manager_insists() {
    given(declined_ticket())
        .by(ROUTER)
        .when(assign(ANNA))
        .then_rejected(&Rejection::DeclinedBefore { consultant: ANNA });
    for actor in [
        stranger(Role::Manager),
        stranger(Role::Administrator),
        IMPORTER,
    ] {
        given(declined_ticket())
            .by(actor)
            .when(assign(ANNA))
            .then(assigned(ANNA));
    }
}

#[test]
fn a_closed_ticket_comes_back_only_within_its_window() {
    given(closed_ticket())
        .at(reopen_until() + hours(1))
        .when(TicketCommand::Reopen { reason: reason() })
        .then_rejected(&Rejection::ReopenWindowOver {
            until: reopen_until(),
        });
}

#[test]
fn an_import_reopens_by_the_time_it_happened() {
    given(closed_ticket())
        .by(IMPORTER)
        .at(reopen_until() + hours(24 * 365))
        .dated(reopen_until())
        .when(TicketCommand::Reopen { reason: reason() })
        .then_accepted();
}

#[test]
fn nobody_works_a_ticket_on_hold_that_nobody_has() {
    for command in [
        CommandName::StartTravel,
        CommandName::Arrive,
        CommandName::LogWork,
    ] {
        given(and_then(opened_ticket(), held()))
            .when(sample(command))
            .then_rejected(&Rejection::NotAllowed {
                command,
                status: StatusName::OnHold,
            });
    }
}

#[test]
fn a_ticket_is_not_linked_to_itself() {
    given(opened_ticket())
        .when(TicketCommand::Link {
            other: TICKET,
            relation: Relation::Duplicates,
        })
        .then_rejected(&Rejection::LinkToItself);
}

#[test]
fn a_new_ticket_has_room_for_so_much() {
    let with_skills = |count| OpenTicket {
        skills: labels(count),
        ..open_ticket()
    };
    let with_fields = |count| OpenTicket {
        fields: labels(count)
            .into_iter()
            .map(|name| (name, text("x")))
            .collect(),
        ..open_ticket()
    };
    let open = |ticket| given([]).when(TicketCommand::Open(Box::new(ticket)));
    open(with_skills(SKILLS_MAX)).then_accepted();
    open(with_skills(SKILLS_MAX + 1)).then_rejected(&full(Countable::Skills, SKILLS_MAX));
    open(with_fields(FIELDS_MAX)).then_accepted();
    open(with_fields(FIELDS_MAX + 1)).then_rejected(&full(Countable::Fields, FIELDS_MAX));
}

#[test]
fn an_amended_ticket_has_room_for_no_more() {
    let skills = |count| {
        TicketCommand::Amend(Box::new(Amendment {
            skills: Some(labels(count)),
            ..Amendment::default()
        }))
    };
    given(opened_ticket())
        .when(skills(SKILLS_MAX))
        .then_accepted()
        .when(skills(SKILLS_MAX + 1))
        .then_rejected(&full(Countable::Skills, SKILLS_MAX));

    let fields = |names: &[Label], value: Option<&str>| {
        let value: Option<FieldValue> = value.map(text);
        Amendment {
            fields: names
                .iter()
                .map(|name| (name.clone(), value.clone()))
                .collect(),
            ..Amendment::default()
        }
    };
    let amend = |amendment| TicketCommand::Amend(Box::new(amendment));
    // One field, the floor, is there from the start.
    let names = labels(FIELDS_MAX);
    given(opened_ticket())
        .when(amend(fields(&names, Some("x"))))
        .then_rejected(&full(Countable::Fields, FIELDS_MAX))
        .when(amend(fields(&names[1..], Some("x"))))
        .then_accepted()
        .when(amend(fields(&names[1..], Some("y"))))
        .then_accepted()
        .when(amend(fields(&names[..1], Some("x"))))
        .then_rejected(&full(Countable::Fields, FIELDS_MAX))
        .when(amend(Amendment {
            fields: [(text("floor"), None), (names[0].clone(), Some(text("x")))].into(),
            ..Amendment::default()
        }))
        .then_accepted();
}

#[test]
fn an_entry_of_work_has_room_for_so_many_parts() {
    let parts = |count| TicketCommand::LogWork {
        work: work(7),
        minutes: 1,
        parts: labels(count)
            .into_iter()
            .map(|name| Part { name, quantity: 1 })
            .collect(),
    };
    given(accepted_ticket())
        .when(parts(PARTS_MAX + 1))
        .then_rejected(&full(Countable::Parts, PARTS_MAX))
        .when(parts(PARTS_MAX))
        .then_accepted();
}

#[test]
fn comments_and_work_together_have_an_end() {
    let mut history = accepted_ticket();
    history.extend((0..ENTRIES_MAX as u128).map(|n| TicketEvent::WorkLogged {
        work: work(100 + n),
        minutes: 1,
        parts: vec![],
    }));
    for command in [CommandName::AddComment, CommandName::LogWork] {
        given(history.clone())
            .when(sample(command))
            .then_rejected(&full(Countable::Entries, ENTRIES_MAX));
    }
}

#[test]
fn links_have_an_end() {
    let mut history = opened_ticket();
    history.extend((0..LINKS_MAX as u128).map(|n| TicketEvent::Linked {
        other: TicketId(Uuid::from_u128(n)),
        relation: Relation::Related,
    }));
    given(history)
        .when(sample(CommandName::Link))
        .then_rejected(&full(Countable::Links, LINKS_MAX));
}
