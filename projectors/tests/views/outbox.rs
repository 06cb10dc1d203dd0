//! The outbox: which facts call for which notifications, each once, whatever happens.

use std::collections::BTreeSet;

use docket_agreement::View;
use docket_domain::command::Origin;
use docket_domain::consultant::Profile;
use docket_domain::customer::{
    ContactChange, CustomerEvent, NotificationChannel, Preferences, Registration,
};
use docket_domain::ids::RouterId;
use docket_domain::ids::TicketId;
use docket_domain::routing::{Basis, Exclusions, POLICY, Parts, Reason, Recorded, Rules, Scored};
use docket_domain::stream::StreamId;
use docket_domain::text::Personal;
use docket_domain::{Assignment, EventContext, TicketEvent};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{History, Random, history, known, mixed, open, person, text};
use crate::random_people::{consultant_history, customer_history};
use crate::routing_fold::by_routers;
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

/// The tables that are a fold of the log.
async fn contents(outbox: &PgPool) -> Vec<Vec<Value>> {
    vec![
        rows(outbox, "ticket", "id").await,
        rows(outbox, "customer", "id").await,
        rows(outbox, "consultant", "id").await,
        rows(outbox, "notification", "id").await,
    ]
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

#[tokio::test]
async fn managers_are_told_when_the_last_attempt_is_not_accepted() {
    let unassigned = |consultant| TicketEvent::Unassigned {
        consultant: person(consultant),
        reason: text("not accepted in time"),
    };
    let accepted = |consultant| TicketEvent::Accepted {
        consultant: person(consultant),
    };
    let told = told_of(live([
        opened(),
        routed(1, 1),
        declined(1),
        routed(2, 2),
        unassigned(2),
        routed(3, 3),
        unassigned(3),
        // By hand, which is no attempt.
        assigned(4),
        declined(4),
        // Accepted, and only then taken away.
        routed(5, 3),
        accepted(5),
        unassigned(5),
        routed(6, 3),
        declined(6),
    ]))
    .await;
    let managers: Vec<_> = told.iter().filter(|told| told.2 == "managers").collect();
    let versions: Vec<i64> = managers.iter().map(|told| told.0).collect();
    assert_eq!(versions, [7, 14], "{told:?}");
    assert!(
        managers
            .iter()
            .all(|told| told.1 == "ticket.nobody_accepts")
    );
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

#[tokio::test]
async fn rows_are_a_fold_of_the_log_the_same_in_every_generation() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(21);
    let mut histories: Vec<History> = (0..60).map(|n| history(&mut random, n, 60)).collect();
    by_routers(&mut histories, &mut random);
    for count in 0..30 {
        histories.push(customer_history(&mut random, count, 20));
        histories.push(consultant_history(&mut random, count, 10));
    }
    let events = mixed(&histories, &mut random);
    // Two at once, in small batches, stopped in between.
    for some in events.chunks(events.len() / 8) {
        setting.append(some.to_vec()).await;
        let pair = [setting.project_outbox(1), setting.project_outbox(1)];
        setting.outbox_caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }
    }
    let outbox = setting.outbox_caught_up(1).await;
    let at_once = setting.project_outbox(2);
    let again = setting.outbox_caught_up(2).await;
    at_once.stop().await;
    assert_eq!(contents(&outbox).await, contents(&again).await);
    assert!(rows(&outbox, "parked_stream", "stream").await.is_empty());

    let counted = setting.agrees(View::Outbox, 1).await;
    assert_eq!(counted["notification"], counted["pending"]);
    let kinds = "SELECT count(DISTINCT kind) FROM notification";
    let kinds = sqlx::query_scalar::<_, i64>(kinds).fetch_one(&outbox);
    assert_eq!(kinds.await.expect("a count"), 5, "too few kinds");
}

#[tokio::test]
async fn contact_and_names_are_kept_until_they_are_erased() {
    let mut setting = Setting::memory(1).await;
    let (customer, consultant) = (
        StreamId::Customer(person(1)),
        StreamId::Consultant(person(2)),
    );
    let registration = Registration {
        name: known("Carla Meier"),
        phone: None,
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(text("de-AT")),
            consultant: None,
            surveys: true,
        },
    };
    let change = ContactChange {
        phone: Some(Some(Personal::Known(
            docket_domain::customer::Phone::new("+43 1 234").expect("a number"),
        ))),
        ..ContactChange::default()
    };
    let profile = Profile {
        name: known("Jonas"),
        team: None,
        skills: std::collections::BTreeMap::default(),
        areas: BTreeSet::default(),
        travel_km_max: None,
        languages: BTreeSet::default(),
        capacity: 1,
    };
    let registered = docket_domain::consultant::ConsultantEvent::Registered(Box::new(profile));
    setting
        .append([
            (
                customer,
                context(0),
                CustomerEvent::Registered(Box::new(registration)).into(),
            ),
            (
                customer,
                context(1),
                CustomerEvent::ContactChanged(Box::new(change)).into(),
            ),
            (consultant, context(2), registered.into()),
        ])
        .await;
    let projector = setting.project_outbox(1);
    let outbox = setting.outbox_caught_up(1).await;
    let row = &rows(&outbox, "customer", "id").await[0];
    for (field, expected) in [
        ("name", "Carla Meier"),
        ("phone", "+43 1 234"),
        ("channel", "sms"),
        ("language", "de-AT"),
    ] {
        assert_eq!(row[field], expected, "{row}");
    }
    assert_eq!(rows(&outbox, "consultant", "id").await[0]["name"], "Jonas");

    setting
        .append([(customer, context(3), CustomerEvent::Erased.into())])
        .await;
    let outbox = setting.outbox_caught_up(1).await;
    projector.stop().await;
    let row = rows(&outbox, "customer", "id").await[0].to_string();
    for personal in ["Carla", "234", "de-AT"] {
        assert!(!row.contains(personal), "{row}");
    }
}
