//! Customers: what is shown of one, and of whom a receptionist has on the phone.

use serde_json::{Value, json};

use crate::setting::Setting;

#[tokio::test]
async fn one_is_shown_with_all_there_is_to_say() {
    let setting = Setting::new().await;
    let anna = Setting::person("anna");
    let id = setting
        .customer(json!({
            "version": 3, "name": "Carla Luz", "phone": "030 123", "channel": "sms",
            "language": "de", "consultant": anna, "surveys": false, "erased": ["email"],
            "updated_at": "2026-03-02T01:00:00.123456Z",
        }))
        .await;
    let path = format!("/v1/customers/{id}");
    let one = setting.get(&path).await.ok();
    assert_eq!(
        one.body,
        json!({
            "id": id, "version": 3, "name": "Carla Luz", "phone": "030 123", "email": null,
            "channel": "sms", "language": "de", "consultant": anna, "surveys": false,
            "erased": ["email"], "registered_at": "2026-03-01T01:00:00Z",
            "updated_at": "2026-03-02T01:00:00.123456Z", "erased_at": null,
        })
    );
    assert_eq!(one.header("etag"), "\"3\"");
    let again = setting.get_with(&path, &[("if-none-match", "\"3\"")]).await;
    assert_eq!(again.status.as_u16(), 304);
    let nobody = setting.get(&format!("/v1/customers/{anna}")).await;
    nobody.problem(404, "not-found");
}

#[tokio::test]
async fn who_calls_is_shown_with_the_latest_tickets() {
    let setting = Setting::new().await;
    let carla = setting.customer(json!({"name": "Carla"})).await;
    setting.customer(json!({"name": "Carlo"})).await;
    for number in [1, 2, 11, 4_711, 5, 6, 70_000] {
        setting
            .ticket(json!({
                "customer": carla, "number": number, "status": "open", "subject": "No light",
                "opened_at": format!("2026-03-{:02}T10:00:00.5Z", 1 + number % 28),
            }))
            .await;
    }
    let page = setting.get("/v1/customers?q=carl").await.ok().body;
    let [first, second] = page["customers"].as_array().expect("a list").as_slice() else {
        panic!("two are called so: {page:#}")
    };
    assert_eq!(second["tickets"], json!([]));
    let numbers: Vec<&Value> = first["tickets"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|ticket| &ticket["number"])
        .collect();
    assert_eq!(numbers, ["11", "4711", "06", "05", "02"], "the latest five");
    let latest = &first["tickets"][0];
    assert_eq!(latest["status"], "open");
    assert_eq!(latest["subject"], "No light");
    assert_eq!(latest["opened_at"], "2026-03-12T10:00:00.5Z");
    let ticket = format!("/v1/tickets/{}", latest["id"].as_str().expect("an id"));
    assert_eq!(setting.get(&ticket).await.ok().body["number"], "11");
}

#[tokio::test]
async fn a_search_goes_on_page_by_page() {
    let setting = Setting::new().await;
    for number in 0..25 {
        let name = ["Carla Müller", "carla", "Çarla O'Brien"][number % 3];
        let language = format!("{number}");
        setting
            .customer(json!({"name": name, "language": language}))
            .await;
        setting.customer(json!({"name": "Bo"})).await;
    }
    for query in ["q=carla", "q=carla&order=desc", "q=carla&sort=updated_at"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/customers?{query}&limit=4{cursor}");
            let page = setting.get(&path).await.ok().body;
            for customer in page["customers"].as_array().expect("a list") {
                let number = customer["language"].as_str().expect("a number");
                seen.push(number.parse::<u32>().expect("a number"));
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..25).collect::<Vec<_>>(), "{query}");
    }
}
