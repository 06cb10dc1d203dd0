//! What can't be understood is refused, all of it at once, by name.

use serde_json::json;
use uuid::Uuid;

use crate::setting::Setting;

/// The parameters that the problem names.
async fn refused(setting: &Setting, path: &str) -> Vec<String> {
    let problem = setting.get(path).await.problem(422, "invalid-input");
    let errors = problem["errors"].as_array().expect("a list");
    let mut fields: Vec<String> = errors
        .iter()
        .map(|error| error["field"].as_str().expect("a name").to_owned())
        .collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn every_bad_parameter_of_a_list_is_named() {
    let setting = Setting::new().await;
    for (query, fields) in [
        ("colour=red", vec!["colour"]),
        ("status=lost", vec!["status"]),
        ("status=open,", vec!["status"]),
        ("status=OPEN", vec!["status"]),
        ("assignee=anna", vec!["assignee"]),
        ("customer=", vec!["customer"]),
        ("team=", vec!["team"]),
        ("team=a%00b", vec!["team"]),
        ("team=%ff", vec!["team"]),
        ("team=a&team=b", vec!["team"]),
        ("priority=urgent", vec!["priority"]),
        ("number=-1", vec!["number"]),
        ("number=%2B1", vec!["number"]),
        ("number=99999999999999999999", vec!["number"]),
        ("opened_from=yesterday", vec!["opened_from"]),
        ("opened_from=-009999-01-01T00:00:00Z", vec!["opened_from"]),
        ("updated_to=2026-03-01", vec!["updated_to"]),
        ("near=52", vec!["near"]),
        ("near=91,0", vec!["near"]),
        ("near=NaN,0", vec!["near"]),
        ("near=0,0&radius_km=0", vec!["radius_km"]),
        ("near=0,0&radius_km=inf", vec!["radius_km"]),
        ("radius_km=5", vec!["radius_km"]),
        ("q=", vec!["q"]),
        ("q=%00", vec!["q"]),
        ("sort=subject", vec!["sort"]),
        ("order=up", vec!["order"]),
        ("limit=0", vec!["limit"]),
        ("limit=201", vec!["limit"]),
        ("limit=ten", vec!["limit"]),
        ("cursor=abc", vec!["cursor"]),
        ("limit=0&sort=x&a=1&b=2", vec!["a", "b", "limit", "sort"]),
    ] {
        let path = format!("/v1/tickets?{query}");
        assert_eq!(refused(&setting, &path).await, fields, "{query}");
    }
    for (query, fields) in [
        ("consultants?status=open", vec!["status"]),
        ("consultants?availability=asleep", vec!["availability"]),
        ("consultants?skill=&area=", vec!["area", "skill"]),
        ("consultants?retired=maybe", vec!["retired"]),
        ("consultants?sort=load&limit=0", vec!["limit", "sort"]),
        ("customers?q=", vec!["q"]),
        ("customers?q=%00", vec!["q"]),
        ("customers?name=carla", vec!["name"]),
        ("customers?cursor=AAAA", vec!["cursor"]),
        ("catalogue?kind=store", vec!["kind"]),
        ("catalogue/store?q=x", vec!["q"]),
    ] {
        let path = format!("/v1/{query}");
        assert_eq!(refused(&setting, &path).await, fields, "{query}");
    }
    let long = format!("/v1/tickets?q={}", "x".repeat(501));
    assert_eq!(refused(&setting, &long).await, ["q"]);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let setting = Setting::new().await;
    setting.ticket(json!({})).await;
    setting.ticket(json!({})).await;
    let page = setting.get("/v1/tickets?limit=1&status=open").await.ok();
    let cursor = page.body["next_cursor"].as_str().expect("there is more");
    let with = |query: &str| format!("/v1/tickets?cursor={cursor}&{query}");
    setting.get(&with("status=open&limit=2")).await.ok();
    for other in [
        "",
        "status=closed",
        "status=open&sort=number",
        "status=open&order=asc",
    ] {
        assert_eq!(refused(&setting, &with(other)).await, ["cursor"], "{other}");
    }
}

#[tokio::test]
async fn every_bad_parameter_of_a_ticket_is_named() {
    let setting = Setting::new().await;
    let id = setting.ticket(json!({})).await;
    for (query, fields) in [
        ("version=0", vec!["version"]),
        ("version=one", vec!["version"]),
        ("version=-1", vec!["version"]),
        ("version=4294967296", vec!["version"]),
        ("at=now", vec!["at"]),
        ("at=2026-03-01T00:00:00", vec!["at"]),
        ("version=1&at=2026-03-01T00:00:00Z", vec!["at"]),
        ("version=1&version=2", vec!["version"]),
        ("verbose", vec!["verbose"]),
    ] {
        let path = format!("/v1/tickets/{id}?{query}");
        assert_eq!(refused(&setting, &path).await, fields, "{query}");
    }
    for (query, fields) in [
        ("cursor=x", vec!["cursor"]),
        ("cursor=-1", vec!["cursor"]),
        ("limit=0", vec!["limit"]),
        ("version=1", vec!["version"]),
    ] {
        let path = format!("/v1/tickets/{id}/timeline?{query}");
        assert_eq!(refused(&setting, &path).await, fields, "{query}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_id_is_malformed() {
    let setting = Setting::new().await;
    for path in [
        "/v1/tickets/4711",
        "/v1/tickets/%00",
        "/v1/tickets/x/timeline",
    ] {
        setting.get(path).await.problem(400, "malformed");
    }
    let upper = Uuid::new_v4().to_string().to_uppercase();
    let answer = setting.get(&format!("/v1/tickets/{upper}")).await;
    answer.problem(404, "not-found");
}
