//! Which tickets a list shows, in which order, page by page.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

/// The numbers of a list's tickets, in its order.
async fn numbers(setting: &Setting, query: &str) -> Vec<u64> {
    let answer = setting.get(&format!("/v1/tickets?{query}")).await.ok();
    of(&answer.body)
}

fn of(page: &Value) -> Vec<u64> {
    let tickets = page["tickets"].as_array().expect("a list");
    let number = |ticket: &Value| ticket["number"].as_str().and_then(|text| text.parse().ok());
    tickets
        .iter()
        .map(|ticket| number(ticket).expect("a number"))
        .collect()
}

#[tokio::test]
async fn each_filter_shows_what_it_names_and_nothing_else() {
    let setting = Setting::new().await;
    let anna = Setting::person("anna");
    setting
        .ticket(json!({
            "number": 11, "status": "assigned", "assignee": anna, "team": "field", "store": "B1",
            "priority": 3, "category": "lamp, ceiling", "skills": ["electric", "ladder"],
            "opened_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-05T10:00:00Z",
            "description": "It went out with a bang",
        }))
        .await;
    setting
        .ticket(json!({
            "number": 22, "status": "resolved", "customer": anna, "skills": ["electric"],
            "opened_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-03T10:00:00Z",
            "caller": {"name": "Rosa Luz", "phone": null, "email": null},
            "resolution_note": "new bulb",
        }))
        .await;
    setting
        .ticket(json!({
            "number": 33, "status": "on_hold", "priority": 0, "team": "desk",
            "opened_at": "2026-03-03T10:00:00Z", "updated_at": "2026-03-04T10:00:00Z",
        }))
        .await;
    let anna_query = |name: &str| format!("{name}={anna}");
    for (query, expected) in [
        (String::new(), vec![33, 22, 11]),
        ("number=22".into(), vec![22]),
        ("number=0022".into(), vec![22]),
        ("status=assigned".into(), vec![11]),
        ("status=assigned,resolved".into(), vec![22, 11]),
        ("status=assigned&status=on_hold".into(), vec![33, 11]),
        (anna_query("assignee"), vec![11]),
        ("assignee=none".into(), vec![33, 22]),
        ("team=field".into(), vec![11]),
        ("team=Field".into(), vec![]),
        (anna_query("customer"), vec![22]),
        ("store=B1".into(), vec![11]),
        ("priority=critical".into(), vec![11]),
        ("priority=low,moderate".into(), vec![33, 22]),
        ("category=lamp,%20ceiling".into(), vec![11]),
        ("skill=electric".into(), vec![22, 11]),
        ("skill=electric&skill=ladder".into(), vec![11]),
        ("opened_from=2026-03-02T10:00:00Z".into(), vec![33, 22]),
        ("opened_to=2026-03-02T10:00:00Z".into(), vec![11]),
        (
            "updated_from=2026-03-03T12:00:00%2B02:00&updated_to=2026-03-05T00:00:00Z".into(),
            vec![33, 22],
        ),
        ("q=bang".into(), vec![11]),
        ("q=%22new%20bulb%22".into(), vec![22]),
        ("q=light%20-bang".into(), vec![33, 22]),
        ("q=rosa%20or%20bang".into(), vec![22, 11]),
        ("q=33".into(), vec![33]),
        ("q=%22%26%20%7C%20(".into(), vec![]),
        ("status=open".into(), vec![]),
        ("q=light&team=desk&priority=low".into(), vec![33]),
    ] {
        assert_eq!(numbers(&setting, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn near_is_measured_around_the_world() {
    let setting = Setting::new().await;
    for (number, latitude, longitude) in [
        (10, 52.517, 13.389),
        // About 27 km from there.
        (20, 52.39, 13.06),
        (30, 0.0, 179.95),
        (40, 89.99, 10.0),
    ] {
        let place = json!({"address": null, "latitude": latitude, "longitude": longitude});
        setting
            .ticket(json!({"number": number, "place": place}))
            .await;
    }
    let nowhere = json!({"address": "Berlin", "latitude": null, "longitude": null});
    setting
        .ticket(json!({"number": 50, "place": nowhere}))
        .await;
    for (query, expected) in [
        ("near=52.52,13.4", vec![10]),
        ("near=52.52,13.4&radius_km=20", vec![10]),
        ("near=52.52,13.4&radius_km=30", vec![10, 20]),
        ("near=0,-179.95&radius_km=12", vec![30]),
        ("near=89.99,-170&radius_km=3", vec![40]),
        ("near=0,0&radius_km=20038", vec![10, 20, 30, 40]),
        ("near=-40,0&radius_km=5", vec![]),
    ] {
        let query = format!("{query}&sort=number&order=asc");
        assert_eq!(numbers(&setting, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn every_order_and_its_pages_show_each_ticket_once() {
    let setting = Setting::new().await;
    let mut all = Vec::new();
    for number in 0_u64..23 {
        // Many ties, and microseconds that a page must not lose.
        let time = |spread| format!("2026-03-01T00:00:00.{:06}Z", (number * 7) % spread);
        let (opened, updated) = (time(5), time(3));
        let priority = number % 4;
        all.push((number + 10, opened.clone(), updated.clone(), priority));
        setting
            .ticket(json!({
                "number": number + 10, "opened_at": opened, "updated_at": updated,
                "priority": priority,
            }))
            .await;
    }
    for (sort, key) in [
        ("opened_at", 0),
        ("updated_at", 1),
        ("priority", 2),
        ("number", 3),
    ] {
        for order in ["asc", "desc"] {
            let seen = pages(&setting, &format!("sort={sort}&order={order}&limit=5")).await;
            let mut once = seen.clone();
            once.sort_unstable();
            assert_eq!(once, (10..33).collect::<Vec<_>>(), "{sort} {order}");
            let keys: Vec<String> = seen
                .iter()
                .map(|number| {
                    let (number, opened, updated, priority) = &all[*number as usize - 10];
                    let keys = [
                        opened.clone(),
                        updated.clone(),
                        priority.to_string(),
                        format!("{number:05}"),
                    ];
                    keys[key].clone()
                })
                .collect();
            let mut sorted = keys.clone();
            sorted.sort();
            if order == "desc" {
                sorted.reverse();
            }
            assert_eq!(keys, sorted, "{sort} {order}");
        }
    }
}

/// All pages of a list, one after the other.
async fn pages(setting: &Setting, query: &str) -> Vec<u64> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = setting
            .get(&format!("/v1/tickets?{query}{cursor}"))
            .await
            .ok();
        seen.extend(of(&answer.body));
        match answer.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn tickets_that_come_and_go_between_pages_move_no_other() {
    let setting = Setting::new().await;
    let opened = |hour: u32| format!("2026-03-01T{hour:02}:00:00Z");
    let mut ids = Vec::<Uuid>::new();
    for number in 10..16 {
        let row = json!({"number": number, "opened_at": opened(number)});
        ids.push(setting.ticket(row).await);
    }
    let first = setting.get("/v1/tickets?limit=2").await.ok();
    assert_eq!(of(&first.body), [15, 14]);
    // A newer one appears, and the one the page ended with goes.
    setting
        .ticket(json!({"number": 99, "opened_at": opened(23)}))
        .await;
    sqlx::query("DELETE FROM ticket WHERE id = $1")
        .bind(ids[4])
        .execute(&setting.view)
        .await
        .expect("deleted");
    let cursor = first.body["next_cursor"].as_str().expect("there is more");
    let path = format!("/v1/tickets?limit=3&cursor={cursor}");
    let second = setting.get(&path).await.ok();
    assert_eq!(of(&second.body), [13, 12, 11]);
}

#[tokio::test]
async fn a_list_that_is_the_same_is_not_sent_again() {
    let setting = Setting::new().await;
    let id = setting.ticket(json!({"number": 10})).await;
    let first = setting.get("/v1/tickets").await.ok();
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let tag = first.header("etag").to_owned();
    let tags = format!("\"other\", W/{tag}");
    let again = setting
        .get_with("/v1/tickets", &[("if-none-match", &tags)])
        .await;
    assert_eq!(again.status.as_u16(), 304);
    assert_eq!(again.body, Value::Null);
    sqlx::query("UPDATE ticket SET version = 2 WHERE id = $1")
        .bind(id)
        .execute(&setting.view)
        .await
        .expect("updated");
    let changed = setting
        .get_with("/v1/tickets", &[("if-none-match", &tag)])
        .await
        .ok();
    assert_ne!(changed.header("etag"), tag);
}
