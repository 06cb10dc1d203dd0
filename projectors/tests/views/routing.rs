//! The routing view: what waits, what routers decided and what became of it, whatever happens.

use docket_domain::ids::{RouterId, TicketId};
use docket_domain::routing::{Basis, Exclusions, POLICY, Parts, Reason, Recorded, Rules, Scored};
use docket_domain::stream::StreamId;
use docket_domain::{Role, TicketEvent};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::outbox::{live, opened, routed};
use crate::random::{person, text};
use crate::setting::{Setting, rows};
use crate::stories::context;

/// A decision with everything in it, which `seed` varies.
pub(crate) fn decision(consultant: u64, seed: u32) -> Recorded {
    let mut excluded = Exclusions::default();
    excluded.add(Reason::Skills, 40 + seed);
    excluded.add(Reason::Capacity, 3);
    let parts = Parts {
        distance: 150_000,
        load: seed,
        skill: 100_000,
        language: 0,
        preferred: 150_000,
        fairness: 7,
    };
    let scored = |number, at: Option<i64>| Scored {
        consultant: person(number),
        total: parts.total(),
        parts,
        distance_m: at.map(|_| 20_000),
        last_assigned_at: at.map(|at| jiff::Timestamp::from_second(at).expect("a time")),
    };
    Recorded {
        router: RouterId(Uuid::from_u128(8)),
        attempt: 1 + seed % 3,
        attempts_max: 3,
        policy: POLICY,
        basis: Basis {
            at: jiff::Timestamp::from_second(1_790_000_000).expect("a time"),
            rules: Rules::default(),
            positions: vec![u64::from(seed), 1 << 40],
            reserved: Vec::new(),
        },
        considered: 45 + seed,
        excluded,
        best: vec![scored(consultant, Some(1_789_000_000)), scored(99, None)],
    }
}

fn unassigned(consultant: u64, reason: &str) -> TicketEvent {
    TicketEvent::Unassigned {
        consultant: person(consultant),
        reason: text(reason),
    }
}

#[tokio::test]
async fn each_decision_is_there_with_what_became_of_it() {
    let mut setting = Setting::memory(1).await;
    let id = StreamId::Ticket(TicketId(Uuid::from_u128(7)));
    let declined = TicketEvent::Declined {
        consultant: person(1),
        reason: text("zu weit"),
    };
    let accepted = TicketEvent::Accepted {
        consultant: person(3),
    };
    let whole = TicketEvent::Assigned {
        consultant: person(3),
        decision: Some(Box::new(decision(3, 2))),
    };
    let story = [
        opened(),
        routed(1, 1),
        declined,
        routed(2, 2),
        unassigned(2, "not accepted within 15 minutes"),
        whole,
        accepted,
        // No answer any more: it was accepted.
        unassigned(3, "needed elsewhere"),
        routed(4, 1),
    ];
    let mut events = live(story);
    events[4].0.actor.role = Role::Service;
    setting
        .append(events.into_iter().map(|(at, event)| (id, at, event.into())))
        .await;
    let projector = setting.project_routing(1);
    let view = setting.routing_caught_up(1).await;
    projector.stop().await;

    let outcomes = rows(&view, "outcome", "version").await;
    let outcomes: Vec<_> = outcomes
        .iter()
        .map(|row| {
            json!([
                row["version"],
                row["outcome"],
                row["outcome_version"],
                row["role"],
                row["reason"]
            ])
        })
        .collect();
    assert_eq!(
        json!(outcomes),
        json!([
            [2, "declined", 3, "receptionist", "zu weit"],
            [
                4,
                "taken_back",
                5,
                "service",
                "not accepted within 15 minutes"
            ],
            [6, "accepted", 7, "receptionist", null],
        ])
    );
    let decisions = rows(&view, "decision", "version").await;
    let versions: Vec<_> = decisions.iter().map(|row| &row["version"]).collect();
    assert_eq!(json!(versions), json!([2, 4, 6, 9]));
    whole_decision(&decisions[2]);

    let ticket = &rows(&view, "ticket", "id").await[0];
    for (column, expected) in [
        ("version", json!(9)),
        ("status", json!("assigned")),
        ("assignee", json!(person(4).0)),
        ("attempts", json!(1)),
        ("awaits", json!(9)),
    ] {
        assert_eq!(ticket[column], expected, "{column}");
    }
    // Who declined is not asked again, from whom it was taken not for a while.
    let until = |number| ticket["passed"].get(person(number).0.to_string()).cloned();
    assert_eq!(until(1), Some(Value::Null));
    assert!(until(2).is_some_and(|it| it.is_string()), "{ticket}");
    assert_ne!(until(3), Some(Value::Null));
    assert_eq!(until(4), None);
}

/// All that its event records.
fn whole_decision(whole: &Value) {
    for (column, expected) in [
        ("consultant", json!(person(3).0)),
        ("router", json!(Uuid::from_u128(8))),
        ("attempt", json!(3)),
        ("attempts_max", json!(3)),
        ("policy", json!(POLICY)),
        ("rules", json!(Rules::default().version().to_string())),
        ("positions", json!([2, 1_u64 << 40])),
        ("considered", json!(47)),
        ("excluded", json!({"skills": 42, "capacity": 3})),
        (
            "best",
            json!([
                [
                    person(3).0,
                    [150_000, 2, 100_000, 0, 150_000, 7],
                    20_000,
                    "2026-09-10T00:26:40Z"
                ],
                [
                    person(99).0,
                    [150_000, 2, 100_000, 0, 150_000, 7],
                    null,
                    null
                ],
            ]),
        ),
    ] {
        assert_eq!(whole[column], expected, "{column}");
    }
    assert_eq!(whole["weights"]["half_distance_m"], 20_000);
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_is_parked_and_the_others_go_on() {
    let mut setting = Setting::memory(1).await;
    let id = |number| StreamId::Ticket(TicketId(Uuid::from_u128(number)));
    setting
        .append([
            (id(1), context(0), unassigned(1, "never opened").into()),
            (id(2), context(1), opened().into()),
            (id(2), context(2), routed(1, 1).into()),
        ])
        .await;
    let projector = setting.project_routing(1);
    let view = setting.routing_caught_up(1).await;
    projector.stop().await;
    let parked = rows(&view, "parked_stream", "stream").await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0]["stream"], id(1).to_string());
    assert_eq!(rows(&view, "decision", "version").await.len(), 1);
}
