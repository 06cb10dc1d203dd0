//! Routers' decisions as a dispatcher reads them, and who sees anything of routing.

use docket_domain::TicketEvent;
use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::routing::{Basis, Exclusions, POLICY, Parts, Reason, Recorded, Rules, Scored};
use docket_domain::stream::{Event, StreamId};
use docket_query_api::{QueryConfig, RoutingSource};
use docket_service::Role;
use serde_json::json;
use uuid::Uuid;

use crate::projected::{Projected, story, text};
use crate::setting::Setting;

const TICKET: TicketId = TicketId(Uuid::from_u128(0x71c));

fn routed() -> TicketEvent {
    let anna = PersonId(Setting::person("anna"));
    let parts = Parts {
        distance: 150_000,
        skill: 80_000,
        fairness: 100_000,
        ..Parts::default()
    };
    let scored = |consultant, distance_m| Scored {
        consultant,
        total: parts.total(),
        parts,
        distance_m,
        last_assigned_at: None,
    };
    let mut excluded = Exclusions::default();
    excluded.add(Reason::Capacity, 2);
    excluded.add(Reason::Skills, 40);
    TicketEvent::Assigned {
        consultant: anna,
        decision: Some(Box::new(Recorded {
            router: RouterId(Uuid::from_u128(8)),
            attempt: 1,
            attempts_max: 3,
            policy: POLICY,
            basis: Basis {
                at: "2026-09-10T08:00:00Z".parse().expect("a time"),
                rules: Rules::default(),
                positions: vec![7, 9],
                reserved: Vec::new(),
            },
            considered: 44,
            excluded,
            best: vec![
                scored(anna, Some(20_000)),
                scored(PersonId(Setting::person("ben")), None),
            ],
        })),
    }
}

#[tokio::test]
async fn a_dispatcher_reads_who_got_a_ticket_and_why() {
    let setting = Setting::with_routing(86_400).await;
    let mut projected = Projected::start(&setting).await;
    let anna = PersonId(Setting::person("anna"));
    let declined = TicketEvent::Declined {
        consultant: anna,
        reason: text("too far today"),
    };
    let events = [story().swap_remove(0), routed(), declined];
    let events = events.map(|event| (StreamId::Ticket(TICKET), Event::from(event)));
    let end = projected.tell(events).await.to_string();
    let path = format!("/v1/tickets/{TICKET}/routing");
    let wanted = [("docket-min-position", end.as_str())];
    let answer = setting.get_with(&path, &wanted).await.ok();
    assert_eq!(answer.header("docket-position"), end);
    let routing = answer.body;
    assert_eq!(routing["status"], "open");
    // Nobody is registered: the decision's own counts are another moment's.
    assert_eq!(routing["waiting"]["why"]["reason"], "nobody_there");
    assert_eq!(routing["waiting"]["passed"], json!([anna.0]));
    assert_eq!(routing["decisions"].as_array().map(Vec::len), Some(1));
    let decision = &routing["decisions"][0];
    let summary = format!(
        "Given to {anna}, the best of 2 who could have it, on attempt 1 of 3: declined: too far today"
    );
    for (field, expected) in [
        ("summary", json!(summary)),
        ("version", json!(2)),
        ("consultant", json!(anna.0)),
        ("decided_at", json!("2026-09-10T08:00:00Z")),
        ("positions", json!([7, 9])),
        ("considered", json!(44)),
        ("ranked", json!(2)),
    ] {
        assert_eq!(decision[field], expected, "{field}");
    }
    assert_eq!(
        decision["rules"]["version"],
        Rules::default().version().to_string()
    );
    assert_eq!(decision["rules"]["weights"]["skill"], 100);
    let excluded = json!([
        {"reason": "skills", "consultants": 40, "meaning": "lack a skill"},
        {"reason": "capacity", "consultants": 2, "meaning": "have as many tickets as they may"},
    ]);
    assert_eq!(decision["excluded"], excluded);
    let best = &decision["best"][0];
    assert_eq!(best["total"], 330_000);
    assert_eq!(best["distance_m"], 20_000);
    let part = json!({
        "part": "distance", "points": 150_000, "weight": 300, "grade": 500,
        "meaning": "how near they are: all when there, half at half_distance_m",
    });
    assert_eq!(best["parts"][0], part);
    assert_eq!(decision["outcome"]["outcome"], "declined");
    assert_eq!(decision["outcome"]["reason"], "too far today");
    assert_eq!(decision["outcome"]["version"], 3);
    projected.stop().await;
}

#[tokio::test]
async fn only_staff_see_routing_and_consultants_their_own() {
    let setting = Setting::with_routing(86_400).await;
    let mut projected = Projected::start(&setting).await;
    let events = [story().swap_remove(0), routed()];
    let events = events.map(|event| (StreamId::Ticket(TICKET), Event::from(event)));
    let end = projected.tell(events).await.to_string();
    let wanted = [("docket-min-position", end.as_str())];
    setting.waiting(Uuid::from_u128(1), json!({})).await;
    let path = format!("/v1/tickets/{TICKET}/routing");
    for (subject, role, sees_ticket, waiting) in [
        ("mia", Role::Manager, true, 1),
        ("rita", Role::Receptionist, true, 1),
        ("sam", Role::StoreStaff, true, 1),
        ("ada", Role::Administrator, true, 1),
        ("anna", Role::Consultant, true, 0),
        ("ben", Role::Consultant, false, 0),
        ("carla", Role::Customer, false, 0),
        ("anna", Role::Customer, false, 0),
    ] {
        let answer = setting.get_as(subject, role, &path, &wanted).await;
        if sees_ticket {
            answer.ok();
        } else {
            answer.problem(404, "not-found");
        }
        let queue = setting.get_as(subject, role, "/v1/queue", &[]).await.ok();
        let tickets = queue.body["tickets"].as_array().map(Vec::len);
        assert_eq!(tickets, Some(waiting), "{subject} {role:?}");
    }
    let other = format!("/v1/tickets/{}/routing", Uuid::from_u128(9));
    setting.get(&other).await.problem(404, "not-found");
    setting
        .get("/v1/queue?skills=optics")
        .await
        .problem(422, "invalid-input");
    projected.stop().await;
}

#[tokio::test]
async fn without_its_view_routing_is_refused_and_the_rest_goes_on() {
    let setting = Setting::new().await;
    let routing = format!("/v1/tickets/{TICKET}/routing");
    for path in ["/v1/queue", &routing] {
        setting.get(path).await.problem(404, "not-served-here");
    }
    let elsewhere = RoutingSource {
        url: setting.url.clone(),
        ..RoutingSource::default()
    };
    let config = QueryConfig {
        routing: Some(elsewhere),
        ..QueryConfig::default()
    };
    let not_built = Setting::over(setting.url.clone(), config);
    for path in ["/v1/queue", &routing] {
        not_built.get(path).await.problem(503, "unavailable");
    }
    not_built.get("/v1/tickets").await.ok();
    not_built.health.wait_until_ready().await;
}
