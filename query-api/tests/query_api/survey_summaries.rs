//! What surveys come to: counts, rates and means, of all and of groups.

use serde_json::{Value, json};

use crate::survey_story::{person, setting};

/// What a group has in common, how many were invited, answered, too late and awaited, and the mean.
fn figures(group: &Value) -> Value {
    let names = ["of", "invited", "answered", "expired", "awaited", "mean"];
    names.map(|name| group[name].clone()).into_iter().collect()
}

fn groups(summary: &Value) -> Vec<Value> {
    let groups = summary["groups"].as_array().expect("a list");
    groups.iter().map(figures).collect()
}

#[tokio::test]
async fn a_summary_counts_answers_among_those_who_were_asked() {
    let (setting, projected, end) = setting().await;
    let wanted = [("docket-min-position", end.as_str())];
    let answer = setting.get_with("/v1/surveys/summary", &wanted).await.ok();
    assert_eq!(answer.header("docket-position"), end);
    assert_eq!(
        answer.body,
        json!({
            "zone": "UTC",
            "total": {
                "invited": 6, "answered": 4, "expired": 1, "awaited": 1, "response_rate": 0.667,
                "mean": 3.0, "scores": [1, 1, 0, 1, 1],
            },
            "groups": [],
        })
    );
    let known = [("if-none-match", answer.header("etag"))];
    let again = setting.get_with("/v1/surveys/summary", &known).await;
    assert_eq!(again.status.as_u16(), 304);
    let by = async |query: &str| {
        let path = format!("/v1/surveys/summary?{query}");
        setting.get(&path).await.ok().body
    };
    let by_area = by("by=area").await;
    assert_eq!(
        groups(&by_area),
        [
            json!([{"area": "north"}, 4, 2, 1, 1, 4.5]),
            json!([{"area": "south"}, 1, 1, 0, 0, 2.0]),
            json!([{"area": null}, 1, 1, 0, 0, 1.0]),
        ]
    );
    assert_eq!(by_area["total"], answer.body["total"]);
    let of_anna = by(&format!("consultant={}&by=category", person("anna"))).await;
    assert_eq!(
        groups(&of_anna),
        [
            json!([{"category": "network"}, 1, 0, 1, 0, null]),
            json!([{"category": "printer"}, 2, 2, 0, 0, 3.5]),
        ]
    );
    let of_nobody = by("team=desk&by=area").await;
    assert_eq!(of_nobody["groups"], json!([]));
    assert_eq!(of_nobody["total"]["response_rate"], Value::Null);
    projected.stop().await;
}

#[tokio::test]
async fn days_weeks_and_months_are_those_of_the_zone() {
    let (setting, projected, _) = setting().await;
    let counted = async |query: &str| {
        let path = format!("/v1/surveys/summary?{query}");
        let summary = setting.get(&path).await.ok().body;
        let groups = summary["groups"].as_array().expect("a list");
        let counted = groups.iter().map(|group| {
            let of = group["of"].as_object().expect("an object");
            let of: Vec<&str> = of.values().filter_map(Value::as_str).collect();
            format!("{} {}", of.join(" "), group["invited"])
        });
        counted.collect::<Vec<_>>()
    };
    assert_eq!(counted("by=month").await, ["2026-03-01 4", "2026-04-01 2"]);
    assert_eq!(
        counted("by=month&zone=Europe/Berlin").await,
        ["2026-03-01 2", "2026-04-01 4"]
    );
    assert_eq!(
        counted("by=day&zone=europe/berlin&invited_to=2026-04-01T00:00:00Z").await,
        ["2026-03-02 1", "2026-03-29 1", "2026-04-01 2"]
    );
    // From Monday on; the 28th of March is a Saturday in London's winter.
    assert_eq!(
        counted("by=week&zone=Europe/London").await,
        [
            "2026-03-02 1",
            "2026-03-23 1",
            "2026-03-30 2",
            "2026-04-06 2"
        ]
    );
    assert_eq!(
        counted("by=category,month&by=month&category=printer").await,
        ["printer 2026-03-01 3"]
    );
    projected.stop().await;
}
