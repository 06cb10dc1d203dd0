//! The outbox: which facts call for which notifications, each once, whatever happens.

use std::num::NonZeroU32;

use docket_domain::command::Origin;
use docket_domain::ids::{RouterId, SurveyId, TicketId};
use docket_domain::routing::{Basis, Exclusions, POLICY, Parts, Reason, Recorded, Rules, Scored};
use docket_domain::stream::StreamId;
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use docket_domain::{Assignment, EventContext, Role, TicketEvent};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{Random, open, person, text};
use crate::setting::{Setting, rows};
use crate::stories::context;

type Told = (i64, String, String, Value);

/// What is told of the tickets: version, kind, recipient, consultant.
async fn told(outbox: &PgPool) -> Vec<Told> {
    let rows = rows(outbox, "notification", "stream, version, kind, recipient").await;
    let word = |row: &Value, field: &str| row[field].as_str().expect("a text").to_owned();
    rows.iter()
        .map(|row| {
            let version = row["version"].as_i64().expect("a number");
            let consultant = row["consultant"].clone();
            (
                version,
                word(row, "kind"),
                word(row, "recipient"),
                consultant,
            )
        })
        .collect()
}

fn assigned(consultant: u64) -> TicketEvent {
    TicketEvent::Assigned {
        consultant: person(consultant),
        decision: None,
    }
}

fn declined(consultant: u64) -> TicketEvent {
    TicketEvent::Declined {
        consultant: person(consultant),
        reason: text("zu weit"),
    }
}

fn resolved() -> TicketEvent {
    TicketEvent::Resolved {
        code: text("fixed"),
        note: None,
    }
}

/// One ticket's events in the outbox, and what was told of it.
async fn told_of(events: Vec<(EventContext, TicketEvent)>) -> Vec<Told> {
    let mut setting = Setting::memory(1).await;
    let id = StreamId::Ticket(TicketId(Uuid::from_u128(7)));
    let events = events
        .into_iter()
        .map(|(context, event)| (id, context, event.into()));
    setting.append(events).await;
    let projector = setting.project_outbox(1);
    let outbox = setting.outbox_caught_up(1).await;
    projector.stop().await;
    assert!(rows(&outbox, "parked_stream", "stream").await.is_empty());
    told(&outbox).await
}

pub(crate) fn live(
    events: impl IntoIterator<Item = TicketEvent>,
) -> Vec<(EventContext, TicketEvent)> {
    let mut hour = -1;
    let mut context = || {
        hour += 1;
        EventContext {
            origin: Origin::Live,
            ..context(hour)
        }
    };
    events.into_iter().map(|event| (context(), event)).collect()
}

pub(crate) fn opened() -> TicketEvent {
    TicketEvent::Opened(Box::new(open(&mut Random(1), 5)))
}

#[tokio::test]
async fn customers_and_other_systems_are_told_of_the_course_of_a_ticket() {
    let told = told_of(live([
        opened(),
        assigned(1),
        declined(1),
        assigned(2),
        TicketEvent::Accepted {
            consultant: person(2),
        },
        TicketEvent::TravelStarted,
        TicketEvent::Arrived,
        resolved(),
        TicketEvent::Reopened {
            reason: text("Streifen"),
            to: Assignment::Nobody,
        },
        assigned(3),
    ]))
    .await;
    let nobody = Value::Null;
    let of = |consultant: u64| json!(person(consultant).0);
    let expected = [
        (1, "ticket.received", "customer", nobody.clone()),
        (1, "ticket.received", "endpoints", nobody),
        (2, "ticket.assigned", "customer", of(1)),
        (2, "ticket.assigned", "endpoints", of(1)),
        // That the first one declined is none of the customer's business.
        (4, "ticket.assigned", "endpoints", of(2)),
        (6, "ticket.on_the_way", "customer", of(2)),
        (6, "ticket.on_the_way", "endpoints", of(2)),
        (8, "ticket.resolved", "customer", of(2)),
        (8, "ticket.resolved", "endpoints", of(2)),
        (10, "ticket.assigned", "customer", of(3)),
        (10, "ticket.assigned", "endpoints", of(3)),
    ];
    let expected = expected.map(|(version, kind, recipient, consultant)| {
        (version, kind.to_owned(), recipient.to_owned(), consultant)
    });
    assert_eq!(told, expected);
}

/// An assignment by a router, on its so many-th attempt of three.
pub(crate) fn routed(consultant: u64, attempt: u32) -> TicketEvent {
    // Somebody else could have it when they have room.
    let mut excluded = Exclusions::default();
    excluded.add(Reason::Capacity, 1);
    let decision = Recorded {
        router: RouterId(Uuid::from_u128(8)),
        attempt,
        attempts_max: 3,
        policy: POLICY,
        basis: Basis {
            at: jiff::Timestamp::UNIX_EPOCH,
            rules: Rules::default(),
            positions: vec![7],
            reserved: Vec::new(),
        },
        considered: 2,
        excluded,
        best: vec![Scored {
            consultant: person(consultant),
            total: 0,
            parts: Parts::default(),
            distance_m: None,
            last_assigned_at: None,
        }],
    };
    TicketEvent::Assigned {
        consultant: person(consultant),
        decision: Some(Box::new(decision)),
    }
}

/// By the actor of that role.
fn by(role: Role, event: TicketEvent) -> (EventContext, TicketEvent) {
    let [(mut context, event)] = <[_; 1]>::try_from(live([event])).expect("one event");
    context.actor.role = role;
    (context, event)
}

fn desk(event: TicketEvent) -> (EventContext, TicketEvent) {
    by(Role::Receptionist, event)
}

fn unassigned(consultant: u64, role: Role) -> (EventContext, TicketEvent) {
    let event = TicketEvent::Unassigned {
        consultant: person(consultant),
        reason: text("not accepted in time"),
    };
    by(role, event)
}

/// In which versions managers were told that nobody accepts the ticket.
async fn managers_told(events: Vec<(EventContext, TicketEvent)>) -> Vec<i64> {
    let told = told_of(events).await;
    let managers = told.iter().filter(|told| told.2 == "managers");
    let kinds = managers.clone().map(|told| told.1.as_str());
    assert!(kinds.clone().all(|kind| kind == "ticket.nobody_accepts"));
    managers.map(|told| told.0).collect()
}

#[tokio::test]
async fn managers_are_told_when_the_last_attempt_is_not_accepted() {
    let told = managers_told(vec![
        desk(opened()),
        by(Role::Service, routed(1, 1)),
        by(Role::Consultant, declined(1)),
        by(Role::Service, routed(2, 2)),
        unassigned(2, Role::Service),
        by(Role::Service, routed(3, 3)),
        unassigned(3, Role::Service),
        // By hand, and who is asked so declines: no router asks anybody else.
        by(Role::Manager, assigned(4)),
        by(Role::Consultant, declined(4)),
        by(Role::Service, routed(6, 3)),
        by(Role::Consultant, declined(6)),
    ])
    .await;
    assert_eq!(told, [7, 9, 11]);
}

/// They know of it, or it is none of routers' business any more.
#[tokio::test]
async fn managers_are_not_told_of_what_they_did_themselves_nor_of_what_was_accepted() {
    let told = managers_told(vec![
        desk(opened()),
        by(Role::Service, routed(1, 3)),
        unassigned(1, Role::Manager),
        by(Role::Service, routed(2, 3)),
        unassigned(2, Role::Administrator),
        by(Role::Service, routed(3, 3)),
        by(
            Role::Consultant,
            TicketEvent::Accepted {
                consultant: person(3),
            },
        ),
        unassigned(3, Role::Service),
    ])
    .await;
    assert_eq!(told, Vec::<i64>::new());
}

/// A survey's events in the outbox, and the rows they call for.
async fn invited(origin: Origin, expires_at: jiff::Timestamp) -> Vec<Value> {
    let mut setting = Setting::memory(1).await;
    let survey = SurveyId {
        ticket: TicketId(Uuid::from_u128(7)),
        closing: NonZeroU32::new(2).expect("not 0"),
    };
    let invitation = Invitation {
        customer: Some(person(3)),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(person(2)),
        team: None,
        category: None,
        store: None,
        area: None,
        expires_at,
    };
    let answer = SurveyEvent::Answered {
        score: Score::new(5).expect("a score"),
        text: None,
    };
    let events = [SurveyEvent::Invited(Box::new(invitation)), answer];
    let events = events.map(|event| {
        let context = EventContext {
            origin,
            ..context(1)
        };
        (StreamId::Survey(survey), context, event.into())
    });
    setting.append(events).await;
    // However often the log is read, and by however many.
    for _ in 0..2 {
        let pair = [setting.project_outbox(1), setting.project_outbox(1)];
        setting.outbox_caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }
    }
    let outbox = setting.outbox_caught_up(1).await;
    assert!(rows(&outbox, "parked_stream", "stream").await.is_empty());
    rows(&outbox, "notification", "recipient").await
}

#[tokio::test]
async fn a_customer_is_asked_once_how_a_closing_went_and_the_row_has_what_its_link_needs() {
    let expires_at: jiff::Timestamp = "2026-12-24T18:00:00Z".parse().expect("a time");
    let rows = invited(Origin::Live, expires_at).await;
    let recipients: Vec<_> = rows.iter().map(|row| &row["recipient"]).collect();
    assert_eq!(recipients, ["customer", "endpoints"]);
    let ticket = Uuid::from_u128(7);
    for row in &rows {
        assert_eq!(row["kind"], "survey.invitation");
        assert_eq!(row["stream"], format!("survey-{ticket}-2"));
        assert_eq!(row["ticket"], ticket.to_string());
        assert_eq!(row["consultant"], json!(person(2).0));
        assert_eq!((&row["version"], &row["closing"]), (&json!(1), &json!(2)));
        let expires = row["expires_at"].as_str().expect("a time");
        let expires: jiff::Timestamp = expires.parse().expect("a time");
        assert_eq!(expires, expires_at);
    }
    assert!(invited(Origin::Import, expires_at).await.is_empty());
}

#[tokio::test]
async fn history_of_another_system_is_told_to_nobody_and_what_happens_afterwards_is() {
    let mut events = live([
        opened(),
        assigned(1),
        declined(1),
        assigned(2),
        resolved(),
        TicketEvent::Reopened {
            reason: text("Streifen"),
            to: Assignment::Nobody,
        },
        assigned(3),
    ]);
    for (context, _) in &mut events[..5] {
        context.origin = Origin::Import;
    }
    let told = told_of(events).await;
    assert!(told.iter().all(|told| told.0 == 7), "{told:?}");
    assert_eq!(
        told.len(),
        2,
        "the assignment, to the customer and to other systems"
    );
}
