//! Who sees what.

use axum::body::Body;
use axum::http::Request;
use docket_service::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

const STAFF: [Role; 7] = [
    Role::Receptionist,
    Role::StoreStaff,
    Role::Consultant,
    Role::Manager,
    Role::Administrator,
    Role::Service,
    Role::Importer,
];

/// Carla's ticket, with what the staff say among themselves about it.
async fn of_carla(setting: &Setting) -> Uuid {
    let carla = Setting::person("carla");
    let id = setting
        .ticket(json!({"customer": carla, "team": "field", "assignee": Setting::person("anna")}))
        .await;
    let opened = json!({"channel": "web", "subject": "No light", "team": "field"});
    let comment = |visibility: &str, text: &str| {
        json!({
            "type": "comment_added", "visibility": visibility,
            "data": {"comment": Uuid::nil(), "visibility": visibility, "text": text},
        })
    };
    let by_carla = json!({"type": "opened", "actor": carla, "role": "customer", "changes": opened});
    setting.line(id, 1, by_carla).await;
    setting
        .line(id, 2, comment("internal", "she always calls"))
        .await;
    let anna = Setting::person("anna");
    let assigned = json!({
        "type": "assigned", "data": {"consultant": anna},
        "changes": {"assignee": anna, "status": "assigned"},
    });
    setting.line(id, 3, assigned).await;
    setting.line(id, 4, comment("public", "on my way")).await;
    setting
        .line(id, 5, json!({"type": "declined", "visibility": "internal"}))
        .await;
    id
}

#[tokio::test]
async fn staff_see_every_ticket_and_every_entry() {
    let setting = Setting::new().await;
    let id = of_carla(&setting).await;
    for role in STAFF {
        let get = async |path: &str| setting.get_as("somebody", role, path, &[]).await.ok().body;
        let ticket = get(&format!("/v1/tickets/{id}")).await;
        assert_eq!(ticket["team"], "field", "{role:?}");
        let timeline = get(&format!("/v1/tickets/{id}/timeline")).await;
        assert_eq!(timeline["entries"].as_array().map(Vec::len), Some(5));
        let list = get("/v1/tickets").await;
        assert_eq!(list["tickets"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_customer_sees_its_own_ticket_without_what_is_the_staffs() {
    let setting = Setting::new().await;
    let id = of_carla(&setting).await;
    let get = async |path: &str| {
        let answer = setting.get_as("carla", Role::Customer, path, &[]).await;
        answer.ok().body
    };
    let ticket = get(&format!("/v1/tickets/{id}")).await;
    let listed = &get("/v1/tickets").await["tickets"][0];
    assert_eq!(*listed, ticket);
    assert_eq!(ticket["subject"], "No light");
    for hidden in [
        "reporter",
        "team",
        "assignee",
        "skills",
        "reassignment_count",
        "assignment_count",
        "origin",
    ] {
        assert!(ticket.get(hidden).is_none(), "{hidden}");
    }

    let timeline = get(&format!("/v1/tickets/{id}/timeline")).await;
    let entries = timeline["entries"].as_array().expect("a list");
    let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["type"]).collect();
    assert_eq!(kinds, ["opened", "assigned", "comment_added"]);
    assert_eq!(entries[0]["actor"], json!(Setting::person("carla")));
    assert_eq!(entries[1]["actor"], Value::Null);
    assert_eq!(entries[1]["summary"], "Assigned");
    assert_eq!(entries[1]["changes"], json!({"status": "assigned"}));
    let whole = timeline.to_string();
    for secret in [
        "always calls",
        "field",
        &Setting::person("anna").to_string(),
    ] {
        assert!(!whole.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn another_customers_ticket_does_not_exist() {
    let setting = Setting::new().await;
    let id = of_carla(&setting).await;
    for path in ["", "?version=1", "?at=2026-03-01T04:00:00Z", "/timeline"] {
        let path = format!("/v1/tickets/{id}{path}");
        let answer = setting.get_as("karl", Role::Customer, &path, &[]).await;
        let told = answer.problem(404, "not-found");
        let nobodys = format!("/v1/tickets/{}", Uuid::nil());
        let nobodys = setting.get_as("karl", Role::Customer, &nobodys, &[]).await;
        let detail = |problem: &Value| problem["detail"].to_string();
        let same = detail(&nobodys.body).replace(&Uuid::nil().to_string(), &id.to_string());
        assert_eq!(detail(&told), same, "nobody can tell the two apart");
    }
    let carla = Setting::person("carla");
    for query in ["", &format!("?customer={carla}"), "?q=light"] {
        let path = format!("/v1/tickets{query}");
        let list = setting
            .get_as("karl", Role::Customer, &path, &[])
            .await
            .ok();
        assert_eq!(list.body["tickets"], json!([]), "{query}");
    }
}

#[tokio::test]
async fn a_customer_cannot_search_by_what_it_does_not_see() {
    let setting = Setting::new().await;
    of_carla(&setting).await;
    let anna = Setting::person("anna");
    for query in [
        "team=field",
        &format!("assignee={anna}"),
        "assignee=none",
        "skill=electric",
    ] {
        let path = format!("/v1/tickets?{query}");
        let answer = setting.get_as("carla", Role::Customer, &path, &[]).await;
        answer.problem(422, "invalid-input");
    }
}

#[tokio::test]
async fn nobody_sees_anything_without_a_token() {
    let setting = Setting::new().await;
    let id = of_carla(&setting).await;
    for path in [
        "/v1/tickets",
        &format!("/v1/tickets/{id}"),
        &format!("/v1/tickets/{id}/timeline"),
    ] {
        for token in ["", "Bearer ", "Bearer nonsense", "Basic x"] {
            let request = Request::get(path).header("authorization", token);
            let request = request.body(Body::empty()).expect("a request");
            setting.send(request).await.problem(401, "unauthorized");
        }
    }
}
