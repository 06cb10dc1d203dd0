//! Consultants: which ones a list shows and in which order, and what each has to do.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::setting::Setting;

/// The names of a list's consultants, in its order.
async fn names(setting: &Setting, query: &str) -> Vec<String> {
    let answer = setting.get(&format!("/v1/consultants?{query}")).await.ok();
    of(&answer.body)
}

fn of(page: &Value) -> Vec<String> {
    let consultants = page["consultants"].as_array().expect("a list");
    let name = |consultant: &Value| consultant["name"].as_str().expect("a name").to_owned();
    consultants.iter().map(name).collect()
}

#[tokio::test]
async fn each_filter_shows_whom_it_names_and_nobody_else() {
    let setting = Setting::new().await;
    for row in [
        json!({
            "name": "Ömer Öz", "team": "field", "skills": {"electric": 5, "ladder": 1},
            "areas": ["north", "west, far"], "availability": "busy",
        }),
        json!({"name": "anna o'neill", "team": "field", "skills": {"electric": 1}}),
        json!({"name": "Zoë", "team": "desk", "areas": ["south"], "availability": "away"}),
        json!({"name": "Oskar", "retired": true, "availability": "away"}),
    ] {
        setting.consultant(row).await;
    }
    for (query, expected) in [
        // By letters, whatever is on them.
        ("", vec!["anna o'neill", "Ömer Öz", "Zoë"]),
        ("order=desc", vec!["Zoë", "Ömer Öz", "anna o'neill"]),
        ("team=field", vec!["anna o'neill", "Ömer Öz"]),
        ("team=Field", vec![]),
        ("skill=electric", vec!["anna o'neill", "Ömer Öz"]),
        ("skill=electric&skill=ladder", vec!["Ömer Öz"]),
        ("skill=elec", vec![]),
        ("availability=away", vec!["Zoë"]),
        ("availability=away,busy", vec!["Ömer Öz", "Zoë"]),
        ("area=north", vec!["anna o'neill", "Ömer Öz"]),
        ("area=west,%20far", vec!["anna o'neill", "Ömer Öz"]),
        ("area=south", vec!["anna o'neill", "Zoë"]),
        ("area=nowhere", vec!["anna o'neill"]),
        ("q=oz", vec!["Ömer Öz"]),
        ("q=o", vec!["anna o'neill", "Ömer Öz"]),
        ("q=neill%20ann", vec!["anna o'neill"]),
        ("q=oskar", vec![]),
        ("retired=true", vec!["Oskar"]),
        ("retired=false&q=z", vec!["Zoë"]),
        ("team=field&availability=busy&q=%C3%B6", vec!["Ömer Öz"]),
    ] {
        assert_eq!(names(&setting, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_load_is_what_is_at_work_and_changes_the_tag() {
    let setting = Setting::new().await;
    let anna = setting
        .consultant(json!({
            "skills": {"electric": 4}, "travel_km_max": 40, "languages": ["de"],
            "hours": {
                "zone": "Europe/Berlin",
                "shifts": [{"weekday": "monday", "from": "08:00", "to": "16:30"}],
            },
            "place": {"address": "Platz 1", "latitude": 52.5, "longitude": 13.4},
        }))
        .await;
    for status in [
        "open",
        "assigned",
        "in_progress",
        "in_progress",
        "on_hold",
        "resolved",
        "closed",
        "cancelled",
    ] {
        setting
            .ticket(json!({"status": status, "assignee": anna}))
            .await;
        let nobodys = json!({"status": status, "assignee": Uuid::new_v4()});
        setting.ticket(nobodys).await;
    }
    let path = format!("/v1/consultants/{anna}");
    let one = setting.get(&path).await.ok();
    assert_eq!(
        one.body,
        json!({
            "id": anna, "version": 1, "name": "Anna", "team": null, "skills": {"electric": 4},
            "areas": [], "travel_km_max": 40, "languages": ["de"], "capacity": 3,
            "availability": "available",
            "hours": {
                "zone": "Europe/Berlin",
                "shifts": [{"weekday": "monday", "from": "08:00", "to": "16:30"}],
            },
            "place": {"address": "Platz 1", "latitude": 52.5, "longitude": 13.4},
            "retired": false, "erased": [], "registered_at": "2026-03-01T01:00:00Z",
            "updated_at": "2026-03-01T01:00:00Z",
            "load": {"assigned": 1, "in_progress": 2, "on_hold": 1},
        })
    );
    let list = setting.get("/v1/consultants").await.ok().body;
    assert_eq!(list["consultants"], json!([one.body]));

    let tag = one.header("etag").to_owned();
    let tag = [("if-none-match", tag.as_str())];
    assert_eq!(setting.get_with(&path, &tag).await.status.as_u16(), 304);
    let more = json!({"status": "assigned", "assignee": anna});
    setting.ticket(more).await;
    let again = setting.get_with(&path, &tag).await.ok().body;
    assert_eq!(again["load"]["assigned"], 2);
    assert_eq!(again["version"], 1);
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let setting = Setting::new().await;
    let path = format!("/v1/consultants/{}", Uuid::nil());
    setting.get(&path).await.problem(404, "not-found");
    let answer = setting.get("/v1/consultants/anna").await;
    answer.problem(400, "malformed");
}

#[tokio::test]
async fn every_order_and_its_pages_show_each_once() {
    let setting = Setting::new().await;
    // Many of one name, of none, and of names that differ in marks and case only.
    let given = ["Anna", "anna", "Ánna", "Bo", "李小龍"];
    for number in 0..23_usize {
        let name = (number % 6 < 5).then(|| given[number % 6]);
        let updated_at = format!("2026-03-01T00:00:00.{:06}Z", (number * 7) % 4);
        let row = json!({"name": name, "team": format!("{number}"), "updated_at": updated_at});
        setting.consultant(row).await;
    }
    for query in [
        "sort=name&limit=3",
        "order=desc&limit=4",
        "sort=updated_at&order=asc&limit=5",
        "sort=updated_at&order=desc&limit=2",
    ] {
        let (mut seen, mut keys, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let path = format!("/v1/consultants?{query}{cursor}");
            let page = setting.get(&path).await.ok().body;
            for consultant in page["consultants"].as_array().expect("a list") {
                seen.push(consultant["team"].as_str().expect("a team").parse::<u32>());
                keys.push(if query.contains("updated_at") {
                    // Without the Z, times are in the order of their letters.
                    consultant["updated_at"].to_string().replace('Z', "")
                } else {
                    let name = consultant["name"].as_str().unwrap_or_default();
                    name.to_lowercase().replace('á', "a")
                });
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort_unstable_by_key(|team| team.clone().expect("a number"));
        assert_eq!(seen, (0..23).map(Ok).collect::<Vec<_>>(), "{query}");
        let mut sorted = keys.clone();
        sorted.sort();
        if query.contains("desc") {
            sorted.reverse();
        }
        assert_eq!(keys, sorted, "{query}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let setting = Setting::new().await;
    for name in ["Anna", "Bo"] {
        setting.consultant(json!({"name": name})).await;
        setting.customer(json!({"name": name})).await;
        setting.ticket(json!({})).await;
    }
    let mut cursors = Vec::new();
    for list in ["consultants", "customers", "tickets"] {
        let page = setting.get(&format!("/v1/{list}?limit=1")).await.ok().body;
        let cursor = page["next_cursor"].as_str().expect("there is more");
        cursors.push((list, cursor.to_owned()));
    }
    for (list, _) in &cursors {
        for (of, cursor) in &cursors {
            for query in ["", "&order=asc", "&order=desc", "&sort=updated_at"] {
                let path = format!("/v1/{list}?limit=1&cursor={cursor}{query}");
                let answer = setting.get(&path).await;
                if list == of && query.is_empty() {
                    answer.ok();
                } else {
                    answer.problem(422, "invalid-input");
                }
            }
        }
    }
}
