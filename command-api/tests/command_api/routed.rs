//! An assignment that a router decided comes with its reasons, and they lie in the log.

use docket_domain::TicketEvent;
use docket_schemas::ticket;
use docket_service::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Replica, events_of, open, postgres_log};

fn decision(consultant: Uuid) -> Value {
    json!({
        "router": Uuid::from_u128(8),
        "attempt": 1,
        "attempts_max": 3,
        "at": "2026-11-20T10:00:00Z",
        "policy": 1,
        "weights": {
            "distance": 300, "load": 200, "skill": 100, "language": 150, "preferred": 150,
            "fairness": 100, "half_distance_m": 20_000, "half_idle_s": 7_200,
            "priority_step_s": 86_400
        },
        "positions": [17, 4],
        "considered": 3,
        "excluded": {"skills": 1, "hours": 1},
        "best": [{"consultant": consultant, "points": [0, 200_000, 0, 0, 0, 100_000]}]
    })
}

#[tokio::test]
async fn a_routers_decision_is_recorded_with_the_assignment() {
    let config = postgres_log().await;
    let replica = Replica::on(&config).await;
    let router = replica.client("router", Role::Service);
    let ticket = replica.manager().open("open").await;
    let anna = Uuid::from_u128(1);
    let body = json!({"consultant": anna, "decision": decision(anna)});

    replica
        .manager()
        .ask(ticket, "assign", "as-a-manager", body.clone())
        .await
        .expect_problem(403, "forbidden");
    for key in ["key", "key"] {
        router
            .ask(ticket, "assign", key, body.clone())
            .await
            .expect(200);
    }

    let log = open(&config).await;
    let records = events_of(&log, ticket).await;
    assert_eq!(records.len(), 2);
    let (_, assigned) = &records[1];
    let event = ticket::decode(assigned.kind(), &assigned.data).unwrap();
    let TicketEvent::Assigned {
        decision: Some(decision),
        ..
    } = event
    else {
        panic!("{event:?}")
    };
    assert_eq!(
        (decision.considered, decision.basis.positions),
        (3, vec![17, 4])
    );
    replica.stop().await;
}

#[tokio::test]
async fn a_decision_that_is_none_is_refused_by_field() {
    let replica = Replica::on(&postgres_log().await).await;
    let router = replica.client("router", Role::Service);
    let ticket = replica.manager().open("open").await;
    let anna = Uuid::from_u128(1);
    for (change, field) in [
        (
            (|d| d["best"][0]["consultant"] = json!(Uuid::nil())) as fn(&mut Value),
            "decision",
        ),
        (|d| d["considered"] = json!(2), "decision"),
        (|d| d["mood"] = json!("good"), "decision.mood"),
        (|d| d["weights"]["luck"] = json!(1), "decision.weights.luck"),
        (|d| d["excluded"]["mood"] = json!(1), "decision.excluded"),
        (|d| *d = json!("because"), "decision"),
    ] {
        let mut decision = decision(anna);
        change(&mut decision);
        let body = json!({"consultant": anna, "decision": decision});
        let refused = router
            .ask(ticket, "assign", "key", body)
            .await
            .expect_problem(422, "invalid-input");
        let named = refused.body["errors"][0]["field"].as_str().unwrap_or("-");
        assert!(named.starts_with(field), "{field}: {}", refused.body);
    }
    replica.stop().await;
}
