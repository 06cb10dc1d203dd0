//! Surveys as managers and consultants read them: lists, what they come to, and what is refused.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::Request;
use docket_domain::customer::CustomerEvent;
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use docket_domain::text::{Personal, Remark};
use docket_query_api::{QueryConfig, SurveySource};
use docket_service::Role;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::projected::{Projected, text};
use crate::setting::Setting;

type Told = (Timestamp, StreamId, Event);

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn person(name: &str) -> PersonId {
    PersonId(Setting::person(name))
}

/// The survey after the first closing of ticket `n`.
fn survey(n: u128) -> StreamId {
    StreamId::Survey(SurveyId {
        ticket: TicketId(Uuid::from_u128(n)),
        closing: NonZeroU32::MIN,
    })
}

fn invitation(consultant: &str, category: &str, area: &str) -> Invitation {
    Invitation {
        customer: Some(person("carla")),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(person(consultant)),
        team: Some(text("field")),
        category: Some(text(category)),
        store: None,
        area: Some(text(area)),
        expires_at: at("2100-01-01T00:00:00Z"),
    }
}

fn invited(n: u128, time: &str, invitation: Invitation) -> Told {
    let event = SurveyEvent::Invited(Box::new(invitation));
    (at(time), survey(n), event.into())
}

fn answered(n: u128, time: &str, score: u32, text: Option<Personal<Remark>>) -> Told {
    let score = Score::new(score).expect("a score");
    let event = SurveyEvent::Answered { score, text };
    (at(time), survey(n), event.into())
}

/// Six closings, around the night in which Berlin's clocks are put forward and around the first of
/// April there: four were answered, one was not in time, one may still be.
fn spring() -> Vec<Told> {
    let (anna, ben) = ("anna", "ben");
    let quick = Some(Personal::Known(text("Quick")));
    let first = Invitation {
        store: Some(text("B1")),
        ..invitation(anna, "printer", "north")
    };
    let too_late = Invitation {
        expires_at: at("2026-04-07T00:00:00Z"),
        ..invitation(anna, "network", "north")
    };
    let little_known = Invitation {
        customer: None,
        channel: AskedBy::Sms,
        language: None,
        consultant: None,
        team: None,
        category: None,
        store: None,
        area: None,
        expires_at: at("2100-01-01T00:00:00Z"),
    };
    vec![
        invited(1, "2026-03-02T10:00:00Z", first),
        answered(1, "2026-03-20T12:00:00Z", 5, quick),
        invited(
            2,
            "2026-03-28T23:30:00Z",
            invitation(anna, "printer", "south"),
        ),
        answered(2, "2026-03-29T09:00:00Z", 2, None),
        invited(3, "2026-03-31T22:30:00Z", too_late),
        invited(
            4,
            "2026-03-31T22:30:00Z",
            invitation(ben, "printer", "north"),
        ),
        invited(
            5,
            "2026-04-10T08:00:00Z",
            invitation(ben, "network", "north"),
        ),
        answered(5, "2026-04-12T08:00:00Z", 4, Some(Personal::Erased)),
        invited(6, "2026-04-11T08:00:00Z", little_known),
        answered(6, "2026-04-11T09:00:00Z", 1, None),
    ]
}

/// A view of that spring, and its end.
async fn setting() -> (Setting, Projected, String) {
    let setting = Setting::with_surveys().await;
    let mut projected = Projected::start(&setting).await;
    let end = projected.tell_at(spring()).await.to_string();
    setting
        .get_with("/v1/surveys", &[("docket-min-position", &end)])
        .await
        .ok();
    (setting, projected, end)
}

/// The tickets of a page, as they are numbered here.
fn tickets(page: &Value) -> Vec<u128> {
    let surveys = page["surveys"].as_array().expect("a list");
    let ticket = |survey: &Value| {
        let id = survey["ticket"].as_str().expect("an id");
        id.parse::<Uuid>().expect("a UUID").as_u128()
    };
    surveys.iter().map(ticket).collect()
}

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
