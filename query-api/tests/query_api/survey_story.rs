//! A spring of surveys, for the tests of their lists and of what they come to.

use std::num::NonZeroU32;

use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use docket_domain::text::{Personal, Remark};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::projected::{Projected, text};
use crate::setting::Setting;

pub(crate) type Told = (Timestamp, StreamId, Event);

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

pub(crate) fn person(name: &str) -> PersonId {
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

pub(crate) fn answered(n: u128, time: &str, score: u32, text: Option<Personal<Remark>>) -> Told {
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
pub(crate) async fn setting() -> (Setting, Projected, String) {
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
pub(crate) fn tickets(page: &Value) -> Vec<u128> {
    let surveys = page["surveys"].as_array().expect("a list");
    let ticket = |survey: &Value| {
        let id = survey["ticket"].as_str().expect("an id");
        id.parse::<Uuid>().expect("a UUID").as_u128()
    };
    surveys.iter().map(ticket).collect()
}
