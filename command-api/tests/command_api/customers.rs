//! Customers over HTTP: registered by themselves, on the phone or from elsewhere; and erased.

use docket_event_log::LogConfig;
use docket_service::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Replica, events_at, on_both_logs, open, person, postgres_log};

on_both_logs!(a_customer_from_registration_to_erasure);

fn carla() -> Value {
    json!({"name": "Carla", "phone": "+41 44 668 18 00", "email": "carla@example.com"})
}

fn path(id: Uuid, command: &str) -> String {
    format!("/v1/customers/{id}/{command}")
}

fn id(answer: &Answer) -> Uuid {
    let id = answer.body["customer"].as_str().expect("an id");
    id.parse().expect("a UUID")
}

async fn a_customer_from_registration_to_erasure(log: LogConfig) {
    let replica = Replica::on(&log).await;
    let herself = replica.client("carla", Role::Customer);
    let desk = replica.client("rita", Role::Receptionist);
    let admin = replica.client("ada", Role::Administrator);
    let carla_id = person("carla");

    let registered = herself
        .send("/v1/customers", "r", carla())
        .await
        .expect(201);
    assert_eq!(
        id(&registered),
        carla_id,
        "who says nothing means themselves"
    );
    assert_eq!(
        registered.header("location"),
        format!("/v1/customers/{carla_id}")
    );
    let told = [
        desk.send(
            &path(carla_id, "contact"),
            "1",
            json!({"phone": null, "name": "Carla C."}),
        )
        .await,
        desk.send(&path(carla_id, "contact"), "2", json!({"phone": null}))
            .await,
        herself
            .send(
                &path(carla_id, "preferences"),
                "3",
                json!({"channel": "sms", "surveys": false, "consultant": person("ann")}),
            )
            .await,
        admin.send(&path(carla_id, "erase"), "4", json!({})).await,
        admin.send(&path(carla_id, "erase"), "5", json!({})).await,
    ];
    let told: Vec<String> = told.iter().map(Answer::told).collect();
    assert_eq!(
        told,
        [
            "applied 2 -",
            "unchanged 2 -",
            "applied 3 -",
            "applied 4 -",
            "unchanged 4 -"
        ]
    );
    let gone = desk
        .send(&path(carla_id, "contact"), "6", json!({"name": "Carla"}))
        .await
        .expect_problem(410, "erased");
    assert_eq!(gone.header("etag"), "\"4\"");
    herself
        .send("/v1/customers", "back", carla())
        .await
        .expect_problem(410, "erased");
    let events = events_at(&open(&log).await, &format!("customer-{carla_id}")).await;
    assert_eq!(events.len(), 4);
    let first: Value = serde_json::from_slice(&events[0].1.data).expect("JSON");
    assert_eq!(
        first["preferences"]["channel"], "email",
        "there is an address: {first}"
    );
    replica.stop().await;
}

#[tokio::test]
async fn somebody_on_the_phone_is_registered_once_however_often_it_is_sent() {
    let replica = Replica::on(&postgres_log().await).await;
    let desk = replica.client("rita", Role::Receptionist);
    let caller = json!({"name": "Kim", "phone": "117"});
    let first = desk
        .send("/v1/customers", "k", caller.clone())
        .await
        .expect(201);
    let again = desk
        .send("/v1/customers", "k", caller.clone())
        .await
        .expect(201);
    assert_eq!(id(&first), id(&again));
    assert_eq!(first.position(), again.position());
    let another = desk.send("/v1/customers", "k2", caller).await.expect(201);
    assert_ne!(id(&first), id(&another), "another call, another customer");
    replica.stop().await;
}

#[tokio::test]
async fn each_writes_what_is_theirs_to_write() {
    let replica = Replica::on(&postgres_log().await).await;
    let service = replica.client("sync", Role::Service);
    let mut synced = carla();
    synced["subject"] = json!("carla");
    let registered = service.send("/v1/customers", "r", synced).await.expect(201);
    assert_eq!(id(&registered), person("carla"), "whom her tokens name");
    let mut elsewhere = carla();
    elsewhere["subject"] = json!("carla");
    elsewhere["issuer"] = json!("https://other.example");
    let other = service
        .send("/v1/customers", "o", elsewhere)
        .await
        .expect(201);
    assert_ne!(id(&other), person("carla"));

    let herself = replica.client("carla", Role::Customer);
    let english = json!({"language": "en"});
    herself
        .send(&path(person("carla"), "preferences"), "p", english.clone())
        .await
        .expect(200);
    herself
        .send(&path(id(&other), "preferences"), "p", english.clone())
        .await
        .expect_problem(403, "forbidden");
    let refused = herself
        .send(&path(person("carla"), "erase"), "e", json!({}))
        .await
        .expect_problem(403, "forbidden");
    assert_eq!(refused.body["command"], "customer.erase");
    replica
        .client("ann", Role::Consultant)
        .send(
            &path(person("carla"), "contact"),
            "c",
            json!({"phone": null}),
        )
        .await
        .expect_problem(403, "forbidden");
    replica.stop().await;
}

#[tokio::test]
async fn nothing_can_be_smuggled_in_with_a_number_or_an_address() {
    let replica = Replica::on(&postgres_log().await).await;
    let desk = replica.client("rita", Role::Receptionist);
    let faults = async |body: Value| {
        let refused = desk.send("/v1/customers", "k", body).await;
        refused.expect_problem(422, "invalid-input").faults()
    };
    assert_eq!(
        faults(json!({
            "name": "Carla\u{0}", "phone": "117\r\nRCPT TO:<eve@example.com>",
            "email": "carla@example.com\r\nBcc: eve@example.com", "channel": "pigeon",
            "consultant": "ann", "surveys": "no",
        }))
        .await,
        [
            "channel: unknown variant",
            "consultant: is not",
            "surveys: invalid type:",
            "name: contains the",
            "phone: is not",
            "email: is not",
        ]
    );
    for email in [
        "carla",
        "@",
        "a@b, eve@c",
        "<carla@example.com>",
        "a b@c",
        "",
    ] {
        let body = json!({"name": "Carla", "email": email});
        assert_eq!(faults(body).await, ["email: is not"], "{email}");
    }
    for phone in [
        "",
        "117\r\n118",
        "12",
        "call me",
        "+41 44 668 18 00 ext 7",
        "٠١٢٣٤",
    ] {
        let body = json!({"name": "Carla", "phone": phone});
        assert_eq!(faults(body).await, ["phone: is not"], "{phone}");
    }
    let carla = desk.send("/v1/customers", "ok", carla()).await.expect(201);
    let forged = json!({"email": "a@b\nBcc: c@d", "phone": "1;2"});
    let refused = desk.send(&path(id(&carla), "contact"), "c", forged).await;
    assert_eq!(
        refused.expect_problem(422, "invalid-input").faults(),
        ["phone: is not", "email: is not"]
    );
    replica.stop().await;
}
