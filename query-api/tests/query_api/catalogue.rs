//! The catalogue, whole and by kind.

use docket_service::{Position, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

#[tokio::test]
async fn everybody_sees_what_there_is_to_choose_from() {
    let setting = Setting::new().await;
    let store = json!({"name": "B1", "place": null, "area": "north"});
    let christmas = json!({"date": "2026-12-25", "area": null, "name": "Christmas"});
    setting
        .catalogue(
            7,
            &[
                ("store", "B1", store),
                ("holiday", "2026-12-25", christmas),
                ("skill", "optics", json!({"name": "optics"})),
                ("skill", "mains", json!({"name": "mains"})),
            ],
        )
        .await;
    let position = Position {
        incarnation: Uuid::from_u128(0x106),
        partition: 0,
        sequence: 9,
    };
    setting.checkpoint(position).await;
    let get = async |path: &str| {
        let path = format!("/v1/catalogue{path}");
        let answer = setting.get_as("carla", Role::Customer, &path, &[]).await;
        answer.ok()
    };
    let whole = get("").await;
    assert_eq!(
        whole.body,
        json!({
            "version": 7,
            "entries": [
                {"kind": "holiday", "date": "2026-12-25", "area": null, "name": "Christmas"},
                {"kind": "skill", "name": "mains"},
                {"kind": "skill", "name": "optics"},
                {"kind": "store", "name": "B1", "place": null, "area": "north"},
            ],
        })
    );
    assert_eq!(whole.header("etag"), "\"7\"");
    assert_eq!(whole.header("docket-position").parse(), Ok(position));
    let skills = get("/skill").await.body;
    let names: Vec<&Value> = skills["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| &entry["name"])
        .collect();
    assert_eq!(names, ["mains", "optics"]);
    let none = get("/category").await;
    assert_eq!(none.body, json!({"version": 7, "entries": []}));
    assert_eq!(none.header("docket-position").parse(), Ok(position));
    let known = [("if-none-match", "\"7\"")];
    let again = setting.get_with("/v1/catalogue", &known).await;
    assert_eq!(again.status.as_u16(), 304);
    let answer = setting.get("/v1/catalogue/colour").await;
    let problem = answer.problem(404, "not-found");
    let kinds = "\"colour\" is no kind of entry; those are category, skill, store, area, holiday";
    assert_eq!(problem["detail"], kinds);
}

#[tokio::test]
async fn one_that_nobody_has_written_in_is_empty() {
    let setting = Setting::new().await;
    let whole = setting.get("/v1/catalogue").await.ok();
    assert_eq!(whole.body, json!({"version": 0, "entries": []}));
    assert!(!whole.headers.contains_key("docket-position"));
}
