//! Surveys as managers and consultants read them: lists, who sees what, and what is refused.

use axum::body::Body;
use axum::http::Request;
use docket_domain::customer::CustomerEvent;
use docket_domain::stream::StreamId;
use docket_domain::text::Personal;
use docket_query_api::{QueryConfig, SurveySource};
use docket_service::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::projected::text;
use crate::setting::Setting;
use crate::survey_story::{answered, at, person, setting, tickets};

#[tokio::test]
async fn a_list_shows_who_was_asked_and_what_they_said() {
    let (setting, projected, end) = setting().await;
    let wanted = [("docket-min-position", end.as_str())];
    let answer = setting.get_with("/v1/surveys?store=B1", &wanted).await.ok();
    assert_eq!(answer.header("docket-position"), end);
    assert_eq!(
        answer.body,
        json!({
            "surveys": [{
                "ticket": Uuid::from_u128(1), "closing": 1, "state": "answered",
                "customer": person("carla").0, "channel": "email", "language": "de",
                "consultant": person("anna").0, "team": "field", "category": "printer",
                "store": "B1", "area": "north", "invited_at": "2026-03-02T10:00:00Z",
                "expires_at": "2100-01-01T00:00:00Z", "answered_at": "2026-03-20T12:00:00Z",
                "score": 5, "text": "Quick", "erased": [],
            }],
            "next_cursor": null,
        })
    );
    let known = [("if-none-match", answer.header("etag"))];
    let again = setting.get_with("/v1/surveys?store=B1", &known).await;
    assert_eq!(again.status.as_u16(), 304);
    let states = setting.get("/v1/surveys?order=asc").await.ok().body;
    let shown = |field: &str| {
        let surveys = states["surveys"].as_array().expect("a list");
        let values = surveys.iter().map(|survey| survey[field].clone());
        values.collect::<Vec<_>>()
    };
    assert_eq!(
        shown("state"),
        [
            "answered", "answered", "expired", "awaited", "answered", "answered"
        ]
    );
    assert_eq!(shown("erased")[4], json!(["text"]));
    assert_eq!(shown("text")[4], Value::Null);
    projected.stop().await;
}

#[tokio::test]
async fn a_list_is_of_what_all_filters_leave() {
    let (setting, projected, _) = setting().await;
    let (anna, carla) = (person("anna").0, person("carla").0);
    for (query, expected) in [
        (String::new(), vec![6, 5, 4, 3, 2, 1]),
        ("order=asc".into(), vec![1, 2, 3, 4, 5, 6]),
        (format!("consultant={anna}&order=asc"), vec![1, 2, 3]),
        (format!("customer={carla}"), vec![5, 4, 3, 2, 1]),
        (format!("ticket={}", Uuid::from_u128(4)), vec![4]),
        ("category=printer&area=north".into(), vec![4, 1]),
        ("team=field&store=B1".into(), vec![1]),
        ("team=desk".into(), vec![]),
        ("answered=true".into(), vec![6, 5, 2, 1]),
        ("answered=false".into(), vec![4, 3]),
        ("score_from=2&score_to=4".into(), vec![5, 2]),
        ("score_from=5".into(), vec![1]),
        (
            "invited_from=2026-03-31T22:30:00Z&invited_to=2026-04-10T08:00:00Z".into(),
            vec![4, 3],
        ),
        (
            "answered_from=2026-03-29T09:00:00Z&answered_to=2026-04-12T08:00:00Z".into(),
            vec![6, 2],
        ),
        ("sort=answered_at".into(), vec![5, 6, 2, 1]),
        ("sort=score&order=asc".into(), vec![6, 2, 5, 1]),
    ] {
        let page = setting.get(&format!("/v1/surveys?{query}")).await.ok();
        assert_eq!(tickets(&page.body), expected, "{query}");
    }
    projected.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order() {
    let (setting, projected, _) = setting().await;
    for sort in ["invited_at", "answered_at", "score"] {
        for order in ["asc", "desc"] {
            let list = format!("/v1/surveys?sort={sort}&order={order}");
            let whole = tickets(&setting.get(&list).await.ok().body);
            let mut paged = Vec::new();
            let mut path = format!("{list}&limit=1");
            loop {
                let page = setting.get(&path).await.ok().body;
                paged.extend(tickets(&page));
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                path = format!("{list}&limit=1&cursor={cursor}");
            }
            assert_eq!(paged, whole, "{list}");
        }
    }
    projected.stop().await;
}

#[tokio::test]
async fn scores_are_for_managers_and_for_whom_they_are_about() {
    let (setting, projected, _) = setting().await;
    let seen = async |subject: &str, role: Role, query: &str| {
        let list = format!("/v1/surveys?order=asc&{query}");
        let page = setting.get_as(subject, role, &list, &[]).await.ok().body;
        let summary = format!("/v1/surveys/summary?{query}");
        let summary = setting.get_as(subject, role, &summary, &[]).await.ok().body;
        let tickets = tickets(&page);
        assert_eq!(summary["total"]["invited"], tickets.len(), "{subject}");
        tickets
    };
    for role in [Role::Manager, Role::Administrator, Role::Service] {
        assert_eq!(seen("mia", role, "").await.len(), 6, "{role:?}");
    }
    assert_eq!(seen("anna", Role::Consultant, "").await, [1, 2, 3]);
    assert_eq!(seen("zoe", Role::Consultant, "").await, [] as [u128; 0]);
    let of_ben = format!("consultant={}", person("ben"));
    assert_eq!(
        seen("anna", Role::Consultant, &of_ben).await,
        [] as [u128; 0]
    );
    for role in [
        Role::Customer,
        Role::Receptionist,
        Role::StoreStaff,
        Role::Importer,
    ] {
        assert_eq!(seen("carla", role, "").await, [] as [u128; 0], "{role:?}");
    }
    for path in ["/v1/surveys", "/v1/surveys/summary"] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        setting.send(request).await.problem(401, "unauthorized");
    }
    projected.stop().await;
}

#[tokio::test]
async fn what_a_customer_said_goes_when_they_are_erased() {
    let (setting, mut projected, _) = setting().await;
    let erased = StreamId::Customer(person("carla"));
    let gone = projected
        .tell_at([(
            at("2026-05-01T00:00:00Z"),
            erased,
            CustomerEvent::Erased.into(),
        )])
        .await
        .to_string();
    let wanted = [("docket-min-position", gone.as_str())];
    let page = setting.get_with("/v1/surveys?store=B1", &wanted).await.ok();
    let survey = &page.body["surveys"][0];
    assert_eq!(survey["text"], Value::Null);
    assert_eq!(survey["erased"], json!(["text"]));
    assert_eq!(survey["score"], 5, "nobody's words");
    // A link in an old mail is still good for a score.
    let late = Some(Personal::Known(text("It's Carla")));
    let late = answered(4, "2026-05-02T00:00:00Z", 3, late);
    let end = projected.tell_at([late]).await.to_string();
    let wanted = [("docket-min-position", end.as_str())];
    let page = setting.get_with("/v1/surveys?score_to=3&area=north", &wanted);
    let survey = &page.await.ok().body["surveys"][0];
    assert_eq!(
        (&survey["score"], &survey["text"]),
        (&json!(3), &Value::Null)
    );
    assert_eq!(survey["erased"], json!(["text"]));
    projected.stop().await;
}

#[tokio::test]
async fn every_bad_parameter_is_named() {
    let setting = Setting::with_surveys().await;
    let refused = async |path: String| {
        let problem = setting.get(&path).await.problem(422, "invalid-input");
        let errors = problem["errors"].as_array().expect("a list").clone();
        let fields = errors.iter().map(|error| error["field"].clone());
        fields.collect::<Vec<_>>()
    };
    for (query, fields) in [
        ("consultant=anna", vec!["consultant"]),
        ("customer=&ticket=7", vec!["customer", "ticket"]),
        ("score_from=0", vec!["score_from"]),
        ("score_to=6", vec!["score_to"]),
        ("score_to=4.5", vec!["score_to"]),
        ("answered=maybe", vec!["answered"]),
        ("answered_from=soon", vec!["answered_from"]),
        ("invited_to=2026-03-01", vec!["invited_to"]),
        ("category=", vec!["category"]),
        ("sort=text", vec!["sort"]),
        (
            "limit=201&order=up&cursor=x",
            vec!["order", "cursor", "limit"],
        ),
        ("by=month", vec!["by"]),
        ("q=Quick", vec!["q"]),
    ] {
        let path = format!("/v1/surveys?{query}");
        assert_eq!(refused(path).await, fields, "{query}");
    }
    for (query, fields) in [
        ("by=colour", vec!["by"]),
        ("by=", vec!["by"]),
        ("by=day,month", vec!["by"]),
        ("by=day&zone=Mars/Olympus", vec!["zone"]),
        ("by=day&zone=%2B02:00", vec!["zone"]),
        ("zone=Europe/Berlin", vec!["zone"]),
        ("by=area&zone=Europe/Berlin", vec!["zone"]),
        ("customer=x&limit=5", vec!["customer", "limit"]),
    ] {
        let path = format!("/v1/surveys/summary?{query}");
        assert_eq!(refused(path).await, fields, "{query}");
    }
}

#[tokio::test]
async fn without_its_view_surveys_are_refused_and_the_rest_goes_on() {
    let setting = Setting::new().await;
    let paths = ["/v1/surveys", "/v1/surveys/summary"];
    for path in paths {
        let problem = setting.get(path).await.problem(404, "not-served-here");
        let detail = problem["detail"].as_str().expect("a text");
        assert!(detail.contains("query.survey"), "{detail}");
    }
    let elsewhere = SurveySource {
        url: setting.url.clone(),
        ..SurveySource::default()
    };
    let config = QueryConfig {
        survey: Some(elsewhere),
        ..QueryConfig::default()
    };
    let not_built = Setting::over(setting.url.clone(), config);
    for path in paths {
        not_built.get(path).await.problem(503, "unavailable");
    }
    not_built.get("/v1/tickets").await.ok();
}
