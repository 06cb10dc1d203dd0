//! What happened to a ticket, part by part.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

async fn conversation(setting: &Setting, comments: i32) -> Uuid {
    let id = setting.ticket(json!({"version": comments})).await;
    for version in 1..=comments {
        let data =
            json!({"comment": Uuid::nil(), "visibility": "public", "text": format!("{version}")});
        setting
            .line(id, version, json!({"type": "comment_added", "data": data}))
            .await;
    }
    id
}

fn versions(timeline: &Value) -> Vec<i64> {
    let entries = timeline["entries"].as_array().expect("a list");
    let version = |entry: &Value| entry["version"].as_i64().expect("a version");
    entries.iter().map(version).collect()
}

#[tokio::test]
async fn an_entry_says_what_who_and_when() {
    let setting = Setting::new().await;
    let id = setting.ticket(json!({})).await;
    setting
        .line(
            id,
            1,
            json!({
                "type": "transferred", "visibility": "internal",
                "data": {"team": "field", "reason": "needs a ladder"},
                "changes": {"team": "field"}, "recorded_at": "2026-03-02T00:00:00.5Z",
            }),
        )
        .await;
    let answer = setting
        .get(&format!("/v1/tickets/{id}/timeline"))
        .await
        .ok();
    assert_eq!(
        answer.body,
        json!({
            "entries": [{
                "version": 1,
                "type": "transferred",
                "summary": "Moved to team field: needs a ladder",
                "occurred_at": "2026-03-01T01:00:00Z",
                "recorded_at": "2026-03-02T00:00:00.5Z",
                "actor": Setting::person("rita"),
                "role": "receptionist",
                "origin": "live",
                "visibility": "internal",
                "data": {"team": "field", "reason": "needs a ladder"},
                "changes": {"team": "field"},
            }],
            "next_cursor": null,
        })
    );
}

#[tokio::test]
async fn a_long_timeline_comes_in_parts() {
    let setting = Setting::new().await;
    let id = conversation(&setting, 7).await;
    let path = format!("/v1/tickets/{id}/timeline?limit=3");
    let first = setting.get(&path).await.ok().body;
    assert_eq!(versions(&first), [1, 2, 3]);
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = setting
        .get(&format!("{path}&cursor={cursor}"))
        .await
        .ok()
        .body;
    assert_eq!(versions(&second), [4, 5, 6]);
    let cursor = second["next_cursor"].as_str().expect("there is more");
    let third = setting
        .get(&format!("{path}&cursor={cursor}"))
        .await
        .ok()
        .body;
    assert_eq!(versions(&third), [7]);
    assert!(third["next_cursor"].is_null());

    let whole = setting
        .get(&format!("/v1/tickets/{id}/timeline?limit=7"))
        .await
        .ok();
    assert!(whole.body["next_cursor"].is_null(), "nothing is left");
    let tag = whole.header("etag").to_owned();
    let path = format!("/v1/tickets/{id}/timeline?limit=7");
    let again = setting.get_with(&path, &[("if-none-match", &tag)]).await;
    assert_eq!(again.status.as_u16(), 304);
}
