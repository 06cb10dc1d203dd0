//! One fixed domain event or control record per golden file: every type in full, and once more
//! where something may be absent or erased.

use std::collections::BTreeMap;

use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::command::{
    Amendment, Awaiting, Caller, Channel, CommandName, Customer, OpenTicket, Part, Place, Point,
    Priority, Relation, Visibility,
};
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{CommentId, PersonId, TicketId, WorkId};
use docket_domain::rejection::Countable;
use docket_domain::stream::AnyCommandName;
use docket_domain::text::{Personal, Text};
use docket_domain::{
    Assignment, Rejection, Role, StatusName, TicketEvent, TicketNumber, Timestamp,
};
use docket_schemas::attributes::{CommandDigest, CommandId};
use docket_schemas::control::{
    Answer, AnswerOutcome, Barrier, Claimed, Closed, Control, Genesis, Opened, OpenedReason,
};
use uuid::Uuid;

fn t<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn known<const MAX: usize>(value: &str) -> Personal<Text<MAX>> {
    Personal::Known(t(value))
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opened() -> OpenTicket {
    let place = Place {
        address: Some(t("Hauptstraße 1\n10115 Berlin")),
        point: Some(Point::new(52.531_677, 13.381_777_000_000_01).unwrap()),
    };
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
        place: Some(Personal::Known(place)),
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
/// Every event as (name of its golden file without `.json`, event). The name starts with the type.
pub(crate) fn events() -> Vec<(&'static str, TicketEvent)> {
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
            TicketEvent::Assigned { consultant },
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

/// Every kind of refusal that the golden barrier lists.
pub(crate) fn rejections() -> Vec<Rejection> {
    let moment = time("2026-11-20T08:15:30.25Z");
    let mut all = vec![
        Rejection::Forbidden {
            role: Role::StoreStaff,
            command: CommandName::AddComment.into(),
        },
        Rejection::NotFound,
        Rejection::AlreadyOpened,
        Rejection::NotAllowed {
            command: CommandName::Resume,
            status: StatusName::InProgress,
        },
        Rejection::Stale {
            expected: 3,
            actual: u32::MAX,
        },
        Rejection::DeclinedBefore {
            consultant: person(2),
        },
        Rejection::ReopenWindowOver { until: moment },
        Rejection::TimeNotAllowed {
            role: Role::Consultant,
            earliest: moment,
            latest: Timestamp::MAX,
        },
        Rejection::LinkToItself,
    ];
    for what in [
        Countable::Fields,
        Countable::Skills,
        Countable::Parts,
        Countable::Entries,
        Countable::Links,
    ] {
        all.push(Rejection::Full { what, max: 50 });
    }
    all
}

/// Every kind and every word of refusals that came after it.
pub(crate) fn later_rejections() -> Vec<Rejection> {
    let names = ConsultantCommandName::ALL
        .map(AnyCommandName::from)
        .into_iter()
        .chain(CustomerCommandName::ALL.map(AnyCommandName::from))
        .chain(CatalogueCommandName::ALL.map(AnyCommandName::from));
    let forbidden = names.map(|command| Rejection::Forbidden {
        role: Role::Receptionist,
        command,
    });
    let full = [
        Countable::Areas,
        Countable::Languages,
        Countable::Shifts,
        Countable::CatalogueEntries,
    ]
    .map(|what| Rejection::Full { what, max: 10_000 });
    let people = [
        Rejection::NotRegistered,
        Rejection::AlreadyRegistered,
        Rejection::Retired,
        Rejection::Erased,
    ];
    forbidden.chain(full).chain(people).collect()
}

/// An answer that takes about as much room as one can.
pub(crate) fn answer(outcome: AnswerOutcome) -> Answer {
    Answer {
        stream: "ticket-00000000-0000-0000-0000-000000000004".into(),
        command_id: CommandId([0xa5; 16]),
        command_digest: CommandDigest([0x0f; 8]),
        source_sequence: Some(u64::MAX),
        version: u32::MAX,
        outcome,
    }
}

/// Every control record as (name of its golden file without `.json`, record).
pub(crate) fn controls() -> Vec<(&'static str, Control)> {
    let mut answers = vec![Answer {
        source_sequence: None,
        ..answer(AnswerOutcome::Unchanged)
    }];
    answers.extend(
        rejections()
            .into_iter()
            .map(|rejection| answer(AnswerOutcome::Rejected(rejection))),
    );
    vec![
        (
            "docket.log.genesis.v1",
            Control::Genesis(Genesis {
                log_id: Uuid::from_u128(5),
                partition: 7,
                partitions: 8,
                format_version: 1,
            }),
        ),
        (
            "docket.log.barrier.v1",
            Control::Barrier(Barrier { answers }),
        ),
        (
            "docket.log.barrier.v1.least",
            Control::Barrier(Barrier::default()),
        ),
        (
            "docket.log.claimed.v1",
            Control::Claimed(Claimed {
                writer: Uuid::from_u128(6),
                address: "api-1.internal:8080".into(),
            }),
        ),
        (
            "docket.log.closed.v1",
            Control::Closed(Closed {
                successor: "kafka kafka-1:9092 docket.events".into(),
            }),
        ),
        (
            "docket.log.opened.v1",
            Control::Opened(Opened {
                incarnation: Uuid::from_u128(7),
                reason: OpenedReason::Moved,
            }),
        ),
    ]
}
