//! The catalogue over HTTP, by whom it is kept.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Replica, events_at, on_both_logs, open, postgres_log};

on_both_logs!(entries_are_put_replaced_and_removed);

async fn entries_are_put_replaced_and_removed(log: LogConfig) {
    let first = Replica::on(&log).await;
    let admin = first.client("ada", Role::Administrator);
    let berlin = json!({"address": "Main Street 1", "latitude": 52.5, "longitude": 13.4});
    let mut told = Vec::new();
    for (n, (command, body)) in [
        ("put_area", json!({"name": "Berlin"})),
        ("put_area", json!({"name": "Berlin"})),
        ("put_skill", json!({"name": "ink"})),
        (
            "put_category",
            json!({"name": "printer", "skills": ["ink"]}),
        ),
        ("put_category", json!({"name": "printer"})),
        (
            "put_store",
            json!({"name": "Main Street", "place": berlin, "area": "Berlin"}),
        ),
        (
            "put_holiday",
            json!({"date": "2026-12-25", "name": "Christmas"}),
        ),
        (
            "put_holiday",
            json!({"date": "2026-12-25", "area": "Berlin", "name": "Christmas"}),
        ),
        ("remove_holiday", json!({"date": "2026-12-25"})),
        ("remove_holiday", json!({"date": "2026-12-25"})),
        ("remove_category", json!({"name": "printer"})),
        ("remove_store", json!({"name": "Main Street"})),
        ("remove_skill", json!({"name": "ink"})),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/v1/catalogue/{command}");
        let answer = admin.send(&path, &n.to_string(), body).await.expect(200);
        assert_eq!(answer.header("location"), "");
        told.push(answer.told());
    }
    assert_eq!(
        told,
        [
            "applied 1 -",
            "unchanged 1 -",
            "applied 2 -",
            "applied 3 -",
            "applied 4 -",
            "applied 5 -",
            "applied 6 -",
            "applied 7 -",
            "applied 8 -",
            "unchanged 8 -",
            "applied 9 -",
            "applied 10 -",
            "applied 11 -",
        ]
    );
    first.stop().await;

    // Another replica has read what there is.
    let second = Replica::on(&log).await;
    let admin = second.client("ada", Role::Administrator);
    let area = json!({"name": "Berlin"});
    let again = admin
        .send("/v1/catalogue/put_area", "a", area.clone())
        .await;
    assert_eq!(again.told(), "unchanged 11 -");
    let gone = admin.send("/v1/catalogue/remove_area", "b", area).await;
    assert_eq!(gone.told(), "applied 12 -");
    let events = events_at(&open(&log).await, "catalogue").await;
    assert_eq!(events.len(), 12);
    second.stop().await;
}

#[tokio::test]
async fn managers_note_stores_and_holidays_and_administrators_the_rest() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let name = json!({"name": "North"});
    manager
        .send("/v1/catalogue/put_store", "s", name.clone())
        .await
        .expect(200);
    let refused = manager
        .send("/v1/catalogue/put_area", "a", name.clone())
        .await
        .expect_problem(403, "forbidden");
    assert_eq!(refused.body["command"], "catalogue.put_area");
    replica
        .client("ann", Role::Consultant)
        .send("/v1/catalogue/put_store", "s", name)
        .await
        .expect_problem(403, "forbidden");
    replica.stop().await;
}

#[tokio::test]
async fn every_faulty_field_of_an_entry_is_named() {
    let replica = Replica::on(&postgres_log().await).await;
    let admin = replica.client("ada", Role::Administrator);
    for (command, body, faults) in [
        ("put_skill", json!({}), vec!["name: is required"]),
        (
            "put_category",
            json!({"name": 7, "skills": ["a", ""], "colour": "red"}),
            vec![
                "colour: unknown field",
                "name: invalid type:",
                "skills[1]: must not",
            ],
        ),
        (
            "put_store",
            json!({"place": {"longitude": 1.0}, "area": ""}),
            vec![
                "name: is required",
                "place: needs latitude",
                "area: must not",
            ],
        ),
        (
            "put_holiday",
            json!({"date": "2026-02-30"}),
            vec!["date: must be", "name: is required"],
        ),
        (
            "remove_holiday",
            json!({"date": "20261225"}),
            vec!["date: must be"],
        ),
    ] as [(&str, Value, Vec<&str>); 5]
    {
        let path = format!("/v1/catalogue/{command}");
        let refused: Answer = admin.send(&path, "k", body).await;
        let refused = refused.expect_problem(422, "invalid-input");
        assert_eq!(refused.faults(), faults, "{command}");
    }
    let refused = admin.send("/v1/catalogue/put_moon", "k", json!({})).await;
    let refused = refused.expect_problem(404, "not-found");
    let detail = refused.body["detail"].as_str().expect("a text");
    assert!(detail.contains("put_category"), "{detail}");
    replica.stop().await;
}
