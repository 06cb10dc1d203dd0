//! A ticket's events.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Awaiting, Caller, Channel, Customer, OpenTicket, Part, Place, Priority, Relation,
    Visibility,
};
use docket_domain::ids::{CommentId, TicketId, WorkId};
use docket_domain::text::Personal;
use docket_domain::{Assignment, TicketEvent, TicketNumber};
use uuid::Uuid;

use super::{decision, known, person, place, t, time};

fn opened() -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(1234, 8, 3),
        customer: Customer::Registered(person(1)),
        channel: Channel::Phone,
        store: Some(t("berlin-mitte")),
        team: Some(t("network")),
        subject: known("The router \"blinks\" red"),
        description: Some(known("Since this morning.\n\tÄrgerlich. 🙁")),
        category: Some(t("router")),
        skills: vec![t("dsl"), t("wifi")],
        priority: Priority::High,
        place: Some(Personal::Known(place())),
        language: Some(t("de-DE")),
        fields: BTreeMap::from([(t("contract"), t("A-17")), (t("floor"), t("3"))]),
    }
}

fn opened_least() -> OpenTicket {
    OpenTicket {
        customer: Customer::Unregistered(Personal::Known(Caller {
            name: t("Ada"),
            phone: None,
            email: Some(t("ada@example.org")),
        })),
        channel: Channel::Web,
        store: None,
        team: None,
        description: None,
        category: None,
        skills: vec![],
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
        ..opened()
    }
}

fn opened_erased() -> OpenTicket {
    OpenTicket {
        customer: Customer::Unregistered(Personal::Erased),
        subject: Personal::Erased,
        description: Some(Personal::Erased),
        place: Some(Personal::Erased),
        ..opened_least()
    }
}

fn amended() -> Amendment {
    Amendment {
        subject: Some(known("Router dead")),
        description: Some(Some(known("Now it is off."))),
        category: Some(Some(t("hardware"))),
        skills: Some(vec![]),
        priority: Some(Priority::Critical),
        place: Some(Some(Personal::Known(Place {
            address: Some(t("Nebenstraße 2")),
            point: None,
        }))),
        fields: BTreeMap::from([(t("contract"), None), (t("floor"), Some(t("4")))]),
    }
}

fn amended_removals() -> Amendment {
    Amendment {
        subject: Some(Personal::Erased),
        description: Some(None),
        category: Some(None),
        place: Some(None),
        ..Amendment::default()
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn events() -> Vec<(&'static str, TicketEvent)> {
    let consultant = person(2);
    let entry = Uuid::from_u128(3);
    vec![
        (
            "docket.ticket.opened.v1",
            TicketEvent::Opened(opened().into()),
        ),
        (
            "docket.ticket.opened.v1.least",
            TicketEvent::Opened(opened_least().into()),
        ),
        (
            "docket.ticket.opened.v1.erased",
            TicketEvent::Opened(opened_erased().into()),
        ),
        (
            "docket.ticket.assigned.v1",
            TicketEvent::Assigned {
                consultant,
                decision: Some(Box::new(decision(consultant))),
            },
        ),
        (
            "docket.ticket.assigned.v1.by_hand",
            TicketEvent::Assigned {
                consultant,
                decision: None,
            },
        ),
        (
            "docket.ticket.accepted.v1",
            TicketEvent::Accepted { consultant },
        ),
        (
            "docket.ticket.declined.v1",
            TicketEvent::Declined {
                consultant,
                reason: t("Too far away"),
            },
        ),
        (
            "docket.ticket.unassigned.v1",
            TicketEvent::Unassigned {
                consultant,
                reason: t("Ill"),
            },
        ),
        (
            "docket.ticket.transferred.v1",
            TicketEvent::Transferred {
                team: t("field"),
                reason: Some(t("Needs a visit")),
            },
        ),
        (
            "docket.ticket.transferred.v1.least",
            TicketEvent::Transferred {
                team: t("field"),
                reason: None,
            },
        ),
        (
            "docket.ticket.held.v1",
            TicketEvent::Held {
                awaiting: Awaiting::Parts,
                note: Some(known("A new router is on its way")),
            },
        ),
        (
            "docket.ticket.held.v1.least",
            TicketEvent::Held {
                awaiting: Awaiting::Other,
                note: None,
            },
        ),
        (
            "docket.ticket.resumed.v1",
            TicketEvent::Resumed {
                to: Assignment::InProgress(consultant),
            },
        ),
        (
            "docket.ticket.resumed.v1.nobody",
            TicketEvent::Resumed {
                to: Assignment::Nobody,
            },
        ),
        (
            "docket.ticket.resolved.v1",
            TicketEvent::Resolved {
                code: t("replaced"),
                note: Some(known("New router")),
            },
        ),
        (
            "docket.ticket.resolved.v1.erased",
            TicketEvent::Resolved {
                code: t("replaced"),
                note: Some(Personal::Erased),
            },
        ),
        (
            "docket.ticket.closed.v1",
            TicketEvent::Closed {
                reopen_until: time("2026-12-04T08:15:30.123456789Z"),
            },
        ),
        (
            "docket.ticket.reopened.v1",
            TicketEvent::Reopened {
                reason: t("It blinks again"),
                to: Assignment::Assigned(consultant),
            },
        ),
        (
            "docket.ticket.cancelled.v1",
            TicketEvent::Cancelled {
                reason: t("Called twice"),
            },
        ),
        (
            "docket.ticket.amended.v1",
            TicketEvent::Amended(amended().into()),
        ),
        (
            "docket.ticket.amended.v1.removals",
            TicketEvent::Amended(amended_removals().into()),
        ),
        (
            "docket.ticket.comment_added.v1",
            TicketEvent::CommentAdded {
                comment: CommentId(entry),
                visibility: Visibility::Internal,
                text: known("Be patient with them"),
            },
        ),
        (
            "docket.ticket.linked.v1",
            TicketEvent::Linked {
                other: TicketId(Uuid::from_u128(4)),
                relation: Relation::CausedBy,
            },
        ),
        (
            "docket.ticket.travel_started.v1",
            TicketEvent::TravelStarted,
        ),
        ("docket.ticket.arrived.v1", TicketEvent::Arrived),
        (
            "docket.ticket.work_logged.v1",
            TicketEvent::WorkLogged {
                work: WorkId(entry),
                minutes: 90,
                parts: vec![Part {
                    name: t("router-x"),
                    quantity: 1,
                }],
            },
        ),
        (
            "docket.ticket.work_logged.v1.least",
            TicketEvent::WorkLogged {
                work: WorkId(entry),
                minutes: 5,
                parts: vec![],
            },
        ),
    ]
}
