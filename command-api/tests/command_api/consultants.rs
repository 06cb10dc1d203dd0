//! A consultant's life over HTTP, by whom it is written, and what is told after a restart.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Answer, Replica, answer, events_at, on_both_logs, open, person, postgres_log,
};

on_both_logs!(
    a_consultant_from_registration_to_retirement,
    a_consultant_who_was_known_before_a_restart_still_is,
);

pub(crate) fn ann() -> Value {
    json!({
        "subject": "ann", "name": "Ann", "team": "north", "skills": {"printer": 4, "till": 1},
        "areas": ["Zürich"], "travel_km_max": 40, "languages": ["de-CH", "fr"], "capacity": 3,
    })
}

fn path(id: Uuid, command: &str) -> String {
    format!("/v1/consultants/{id}/{command}")
}

fn night_shift(zone: &str) -> Value {
    json!({
        "availability": "available",
        "hours": {"zone": zone, "shifts": [{"weekday": "sunday", "from": "22:00", "to": "06:30"}]},
    })
}

async fn a_consultant_from_registration_to_retirement(log: LogConfig) {
    let replica = Replica::on(&log).await;
    let admin = replica.client("ada", Role::Administrator);
    let herself = replica.client("ann", Role::Consultant);
    let id = person("ann");

    let registered = admin.send("/v1/consultants", "r", ann()).await.expect(201);
    assert_eq!(registered.told(), "applied 1 -");
    assert_eq!(registered.body["consultant"], id.to_string());
    assert_eq!(registered.body["ticket"], Value::Null);
    assert_eq!(
        registered.header("location"),
        format!("/v1/consultants/{id}")
    );
    assert_eq!(registered.header("etag"), "\"1\"");
    assert_eq!(
        registered.body["position"],
        registered.header("docket-position")
    );

    let here = json!({"place": {"address": "Main Street 1", "latitude": 47.4, "longitude": 8.5}});
    let told = [
        // Known already, under the same id by another way of saying so.
        admin
            .send("/v1/consultants", "again", by_id(id, ann()))
            .await,
        herself
            .send(&path(id, "availability"), "1", night_shift("europe/zurich"))
            .await,
        herself
            .send(&path(id, "availability"), "2", night_shift("Europe/Zurich"))
            .await,
        herself.send(&path(id, "place"), "3", here).await,
        herself
            .send(&path(id, "place"), "4", json!({"place": null}))
            .await,
        admin
            .send(
                &path(id, "profile"),
                "5",
                json!({"team": null, "skills": {"till": 5}}),
            )
            .await,
        admin.send(&path(id, "retire"), "6", json!({})).await,
        admin.send(&path(id, "retire"), "7", json!({})).await,
        admin.send("/v1/consultants", "back", ann()).await,
    ];
    let told: Vec<String> = told.iter().map(Answer::told).collect();
    assert_eq!(
        told,
        [
            "unchanged 1 -",
            "applied 2 -",
            "unchanged 2 -",
            "applied 3 -",
            "applied 4 -",
            "applied 5 -",
            "applied 6 -",
            "unchanged 6 -",
            "applied 7 -",
        ]
    );
    let events = events_at(&open(&log).await, &format!("consultant-{id}")).await;
    let kinds: Vec<&str> = events.iter().map(|(_, record)| record.kind()).collect();
    assert_eq!(
        kinds,
        [
            "docket.consultant.registered.v1",
            "docket.consultant.availability_changed.v1",
            "docket.consultant.place_changed.v1",
            "docket.consultant.place_changed.v1",
            "docket.consultant.profile_changed.v1",
            "docket.consultant.retired.v1",
            "docket.consultant.registered.v1",
        ]
    );
    let hours: Value = serde_json::from_slice(&events[1].1.data).expect("JSON");
    assert_eq!(hours["hours"]["zone"], "Europe/Zurich", "as it is spelled");
    replica.stop().await;
}

/// The same person, by id.
fn by_id(id: Uuid, mut body: Value) -> Value {
    body["id"] = json!(id);
    body.as_object_mut()
        .expect("members")
        .remove("subject")
        .expect("it was there");
    body
}

async fn a_consultant_who_was_known_before_a_restart_still_is(log: LogConfig) {
    let first = Replica::on(&log).await;
    let manager = first.manager();
    let registered = manager
        .send("/v1/consultants", "r", ann())
        .await
        .expect(201);
    let mut other = ann();
    other["capacity"] = json!(9);
    let refused = manager
        .send("/v1/consultants", "other", other.clone())
        .await
        .expect_problem(409, "already-registered");
    first.stop().await;

    let second = Replica::on(&log).await;
    let manager = second.manager();
    let again = manager.send("/v1/consultants", "r", ann()).await;
    assert_eq!(again.position(), registered.position());
    assert_eq!(again.expect(201).told(), "applied 1 -");
    let again = manager
        .send("/v1/consultants", "other", other.clone())
        .await;
    assert_eq!(again.position(), refused.position(), "the first outcome");
    manager
        .send("/v1/consultants", "r", other)
        .await
        .expect_problem(422, "idempotency-key-reused");
    second.stop().await;
}

#[tokio::test]
async fn each_writes_what_is_theirs_to_write() {
    let replica = Replica::on(&postgres_log().await).await;
    let id = person("ann");
    let manager = replica.manager();
    manager
        .send("/v1/consultants", "r", ann())
        .await
        .expect(201);

    let herself = replica.client("ann", Role::Consultant);
    let colleague = replica.client("bob", Role::Consultant);
    let away = json!({"availability": "away"});
    let refused = colleague
        .send(&path(id, "availability"), "k", away.clone())
        .await
        .expect_problem(403, "forbidden");
    assert_eq!(refused.body["command"], "consultant.availability");
    herself
        .send(&path(id, "profile"), "k", json!({"capacity": 50}))
        .await
        .expect_problem(403, "forbidden");
    herself
        .send("/v1/consultants", "k", by_id(Uuid::from_u128(9), ann()))
        .await
        .expect_problem(403, "forbidden");
    for role in [Role::Customer, Role::Receptionist, Role::StoreStaff] {
        replica
            .client("ann", role)
            .send(&path(id, "availability"), role.as_str(), away.clone())
            .await
            .expect_problem(403, "forbidden");
    }
    replica
        .client("vehicles", Role::Service)
        .send(
            &path(id, "place"),
            "k",
            json!({"place": {"latitude": 47.0, "longitude": 8.0}}),
        )
        .await
        .expect(200);
    replica.stop().await;
}

#[tokio::test]
async fn a_change_is_decided_on_the_version_that_its_sender_saw() {
    let replica = Replica::on(&postgres_log().await).await;
    let id = person("ann");
    let manager = replica.manager();
    manager
        .send(&path(id, "retire"), "too-early", json!({}))
        .await
        .expect_problem(404, "not-registered");
    manager
        .send("/v1/consultants", "r", ann())
        .await
        .expect(201);
    let more = json!({"capacity": 4});
    let change = |key: &str, seen: &str| {
        answer(
            manager
                .command(&path(id, "profile"), key, &more)
                .header("If-Match", seen.to_owned()),
        )
    };
    let stale = change("a", "\"7\"")
        .await
        .expect_problem(412, "stale-version");
    assert_eq!(stale.body["version"], 1);
    assert_eq!(stale.header("etag"), "\"1\"");
    assert_eq!(change("b", "\"1\"").await.expect(200).told(), "applied 2 -");
    manager
        .send(&path(id, "retire"), "c", json!({}))
        .await
        .expect(200);
    manager
        .send(&path(id, "profile"), "d", json!({"capacity": 5}))
        .await
        .expect_problem(409, "retired");
    replica.stop().await;
}

#[tokio::test]
async fn every_faulty_field_of_a_consultant_is_named() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let id = person("ann");
    let faults = async |path: &str, body: Value| {
        let refused = manager.send(path, "k", body).await;
        refused.expect_problem(422, "invalid-input").faults()
    };
    let register = "/v1/consultants";
    assert_eq!(
        faults(register, json!({})).await,
        [
            "id: is required,",
            "name: is required",
            "capacity: is required"
        ]
    );
    assert_eq!(
        faults(
            register,
            json!({
                "id": 7, "subject": "ann", "name": "x".repeat(101), "team": " ",
                "skills": {"till": 6, "": 1}, "areas": ["a", ""], "languages": "de",
                "capacity": -1, "shoe_size": 44,
            })
        )
        .await,
        [
            "capacity: invalid value:",
            "id: invalid type:",
            "languages: invalid type:",
            "shoe_size: unknown field",
            "name: is 101",
            "team: must not",
            "skills: has a",
            "skills.till: must be",
            "areas[1]: must not",
        ]
    );
    let both = json!({"id": id, "subject": "ann", "name": "Ann", "capacity": 1});
    assert_eq!(faults(register, both).await, ["subject: must not"]);
    let vouched = json!({"id": id, "issuer": "i", "name": "Ann", "capacity": 1});
    assert_eq!(faults(register, vouched).await, ["issuer: only says"]);

    let availability = path(id, "availability");
    for zone in [
        "Europe/Atlantis",
        "../etc/passwd",
        "Etc/Unknown",
        "+02:00",
        "",
    ] {
        assert_eq!(
            faults(&availability, night_shift(zone)).await.len(),
            1,
            "{zone}"
        );
    }
    let hours = json!({"availability": "asleep", "hours": {"zone": "Mars/Base", "shifts": [
        {"weekday": "sunday", "from": "24:00", "to": "6:30"},
        {"from": "08:00:00"},
    ]}});
    assert_eq!(
        faults(&availability, hours).await,
        [
            "availability: unknown variant",
            "hours.zone: is no",
            "hours.shifts[0].from: must be",
            "hours.shifts[0].to: must be",
            "hours.shifts[1].weekday: is required",
            "hours.shifts[1].from: must be",
            "hours.shifts[1].to: is required",
        ]
    );
    let place = path(id, "place");
    assert_eq!(faults(&place, json!({})).await, ["place: is required"]);
    assert_eq!(
        faults(&place, json!({"place": {"latitude": 4.0}})).await,
        ["place: needs latitude"]
    );
    replica.stop().await;
}

#[tokio::test]
async fn what_is_no_path_of_a_consultant_says_what_is() {
    let replica = Replica::on(&postgres_log().await).await;
    let manager = replica.manager();
    let id = person("ann");
    for (path, says) in [
        (path(id, "promote"), "profile, availability, place, retire"),
        (path(id, "register"), "profile, availability, place, retire"),
        ("/v1/consultants/ann/retire".to_owned(), "which is a UUID"),
    ] {
        let refused = manager.send(&path, "k", json!({})).await;
        let refused = refused.expect_problem(404, "not-found");
        let detail = refused.body["detail"].as_str().expect("a text").to_owned();
        assert!(detail.contains(says), "{detail}");
    }
    replica.stop().await;
}
