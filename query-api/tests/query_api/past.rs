//! A ticket as it is and as it was.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

/// Opened at 1, given a team at 2 with nothing else known of that hour, closed at 3.
async fn three_versions(setting: &Setting) -> Uuid {
    let id = setting
        .ticket(json!({
            "number": 4711, "version": 3, "status": "closed", "team": "field",
            "updated_at": "2026-03-01T03:00:00Z", "closed_at": "2026-03-01T03:00:00Z",
        }))
        .await;
    let opened = json!({
        "number": "4711", "status": "open", "customer": null, "caller": null,
        "reporter": Setting::person("rita"), "channel": "phone", "store": null, "team": null,
        "assignee": null, "subject": "No light", "description": null, "category": null,
        "skills": [], "priority": "moderate", "place": null, "language": null, "fields": {},
        "awaiting": null, "resolution_code": null, "resolution_note": null, "erased": [],
        "opened_at": "2026-03-01T01:00:00Z", "resolved_at": null, "closed_at": null,
        "reopen_until": null, "reassignment_count": 0, "assignment_count": 0, "reopen_count": 0,
        "origin": "live",
    });
    setting
        .line(id, 1, json!({"type": "opened", "changes": opened}))
        .await;
    setting
        .line(id, 2, json!({"changes": {"team": "field"}}))
        .await;
    let closed = json!({"status": "closed", "closed_at": "2026-03-01T03:00:00Z"});
    setting
        .line(id, 3, json!({"type": "closed", "changes": closed}))
        .await;
    id
}

#[tokio::test]
async fn a_ticket_shows_itself_with_its_version() {
    let setting = Setting::new().await;
    let id = three_versions(&setting).await;
    let answer = setting.get(&format!("/v1/tickets/{id}")).await.ok();
    assert_eq!(answer.header("etag"), "\"3\"");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let mut shown = answer.body;
    shown["id"] = json!("<id>");
    shown["reporter"] = json!("<rita>");
    insta::assert_json_snapshot!(shown, @r#"
    {
      "assignee": null,
      "assignment_count": 0,
      "awaiting": null,
      "caller": null,
      "category": null,
      "channel": "phone",
      "closed_at": "2026-03-01T03:00:00Z",
      "customer": null,
      "description": null,
      "erased": [],
      "fields": {},
      "id": "<id>",
      "language": null,
      "number": "4711",
      "opened_at": "2026-03-01T01:00:00Z",
      "origin": "live",
      "place": null,
      "priority": "moderate",
      "reassignment_count": 0,
      "reopen_count": 0,
      "reopen_until": null,
      "reporter": "<rita>",
      "resolution_code": null,
      "resolution_note": null,
      "resolved_at": null,
      "skills": [],
      "status": "closed",
      "store": null,
      "subject": "No light",
      "team": "field",
      "updated_at": "2026-03-01T03:00:00Z",
      "version": 3
    }
    "#);
}

#[tokio::test]
async fn every_version_shows_what_was_true_then() {
    let setting = Setting::new().await;
    let id = three_versions(&setting).await;
    let now = setting.get(&format!("/v1/tickets/{id}")).await.ok().body;
    for (query, version, status, team) in [
        ("version=1", 1, "open", Value::Null),
        ("version=2", 2, "open", json!("field")),
        ("version=3", 3, "closed", json!("field")),
        ("at=2026-03-01T01:00:00Z", 1, "open", Value::Null),
        (
            "at=2026-03-01T02:59:59.999999999Z",
            2,
            "open",
            json!("field"),
        ),
        (
            "at=2026-03-01T04:00:00%2B01:00",
            3,
            "closed",
            json!("field"),
        ),
        ("at=9999-01-01T00:00:00Z", 3, "closed", json!("field")),
    ] {
        let answer = setting.get(&format!("/v1/tickets/{id}?{query}")).await.ok();
        assert_eq!(answer.header("etag"), format!("\"{version}\""), "{query}");
        let shown = &answer.body;
        assert_eq!(shown["version"], version, "{query}");
        assert_eq!(shown["status"], status, "{query}");
        assert_eq!(shown["team"], team, "{query}");
        let updated = format!("2026-03-01T{version:02}:00:00Z");
        assert_eq!(shown["updated_at"], updated, "{query}");
        if version == 3 {
            assert_eq!(*shown, now, "the last version is the ticket as it is");
        }
    }
}

#[tokio::test]
async fn what_was_not_yet_is_not_found_and_says_why() {
    let setting = Setting::new().await;
    let id = three_versions(&setting).await;
    let get = async |query: &str| setting.get(&format!("/v1/tickets/{id}?{query}")).await;

    let early = get("at=2026-03-01T00:59:59Z")
        .await
        .problem(404, "not-found");
    assert_eq!(early["opened_at"], "2026-03-01T01:00:00Z");
    let late = get("version=4").await.problem(404, "not-found");
    assert_eq!(late["current_version"], 3);
    get("version=4294967295").await.problem(404, "not-found");

    let nobody = Uuid::nil();
    for path in ["", "?version=1", "?at=2026-03-01T00:00:00Z", "/timeline"] {
        let answer = setting.get(&format!("/v1/tickets/{nobody}{path}")).await;
        answer.problem(404, "not-found");
    }
}

#[tokio::test]
async fn who_has_the_version_is_told_so() {
    let setting = Setting::new().await;
    let id = three_versions(&setting).await;
    let path = format!("/v1/tickets/{id}");
    for (tag, status) in [
        ("\"3\"", 304),
        ("W/\"3\"", 304),
        ("\"1\", \"3\"", 304),
        ("*", 304),
        ("\"2\"", 200),
        ("3", 200),
    ] {
        let answer = setting.get_with(&path, &[("if-none-match", tag)]).await;
        assert_eq!(answer.status.as_u16(), status, "{tag}");
        assert_eq!(answer.header("etag"), "\"3\"", "{tag}");
    }
}
