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

/// Who gets an answer to that path, of those roles.
async fn who_sees(setting: &Setting, subject: &str, path: &str) -> Vec<Role> {
    let mut see = Vec::new();
    for role in STAFF.into_iter().chain([Role::Customer]) {
        let answer = setting.get_as(subject, role, path, &[]).await;
        match answer.status.as_u16() {
            200 => see.push(role),
            _ => {
                answer.problem(404, "not-found");
            }
        }
    }
    see
}

#[tokio::test]
async fn staff_see_who_works_here_and_customers_do_not() {
    let setting = Setting::new().await;
    let anna = setting.consultant(json!({"name": "Anna"})).await;
    let path = format!("/v1/consultants/{anna}");
    assert_eq!(who_sees(&setting, "somebody", &path).await, STAFF);
    for role in STAFF.into_iter().chain([Role::Customer]) {
        let list = setting.get_as("somebody", role, "/v1/consultants", &[]);
        let list = list.await.ok().body;
        let expected = usize::from(role != Role::Customer);
        let seen = list["consultants"].as_array().map(Vec::len);
        assert_eq!(seen, Some(expected), "{role:?}");
    }
}

#[tokio::test]
async fn a_customer_is_seen_by_itself_by_the_desk_and_by_who_works_for_it() {
    let setting = Setting::new().await;
    let carla = Setting::person("carla");
    setting
        .customer(json!({"id": carla, "name": "Carla Luz"}))
        .await;
    setting.customer(json!({"name": "Karl Luz"})).await;
    let path = format!("/v1/customers/{carla}");
    let desk: Vec<Role> = STAFF
        .into_iter()
        .filter(|role| *role != Role::Consultant)
        .collect();
    assert_eq!(who_sees(&setting, "somebody", &path).await, desk);
    let names = async |subject: &str, role| {
        let list = setting.get_as(subject, role, "/v1/customers?q=luz", &[]);
        let list = list.await.ok().body;
        let customers = list["customers"].as_array().expect("a list").clone();
        let name = |customer: &Value| customer["name"].as_str().expect("a name").to_owned();
        customers.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(
        names("rita", Role::Receptionist).await,
        ["Carla Luz", "Karl Luz"]
    );
    assert_eq!(names("carla", Role::Customer).await, ["Carla Luz"]);
    setting
        .get_as("carla", Role::Customer, &path, &[])
        .await
        .ok();

    // Until it is solved or goes on to somebody else, and no longer.
    let anna = Setting::person("anna");
    let ticket = setting.ticket(json!({"customer": carla})).await;
    for (status, assignee, sees) in [
        ("assigned", anna, true),
        ("in_progress", anna, true),
        ("on_hold", anna, true),
        ("resolved", anna, false),
        ("assigned", Setting::person("bert"), false),
    ] {
        sqlx::query("UPDATE ticket SET status = $2, assignee = $3 WHERE id = $1")
            .bind(ticket)
            .bind(status)
            .bind(assignee)
            .execute(&setting.view)
            .await
            .expect("updated");
        let answer = setting.get_as("anna", Role::Consultant, &path, &[]).await;
        assert_eq!(answer.status.is_success(), sees, "{status}");
        let found = names("anna", Role::Consultant).await;
        assert_eq!(found.len(), usize::from(sees), "{status}");
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
        "/v1/consultants",
        &format!("/v1/consultants/{id}"),
        "/v1/customers?q=Carla",
        &format!("/v1/customers/{id}"),
        "/v1/catalogue",
        "/v1/catalogue/store",
    ] {
        for token in ["", "Bearer ", "Bearer nonsense", "Basic x"] {
            let request = Request::get(path).header("authorization", token);
            let request = request.body(Body::empty()).expect("a request");
            setting.send(request).await.problem(401, "unauthorized");
        }
    }
}
