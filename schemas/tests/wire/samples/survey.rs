//! A survey's events.

use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use docket_domain::text::Personal;

use super::{known, person, t, time};

fn invitation() -> Invitation {
    Invitation {
        customer: Some(person(3)),
        channel: AskedBy::Email,
        language: Some(t("de-DE")),
        consultant: Some(person(2)),
        team: Some(t("Field north")),
        category: Some(t("printers")),
        store: Some(t("Altona")),
        area: Some(t("Hamburg")),
        expires_at: time("2026-12-04T08:15:30.25Z"),
    }
}

fn invitation_least() -> Invitation {
    Invitation {
        customer: None,
        channel: AskedBy::Sms,
        language: None,
        consultant: None,
        team: None,
        category: None,
        store: None,
        area: None,
        expires_at: time("2026-12-04T08:15:30Z"),
    }
}

fn score(score: u32) -> Score {
    Score::new(score).unwrap()
}

pub(super) fn events() -> Vec<(&'static str, SurveyEvent)> {
    vec![
        (
            "docket.survey.invited.v1",
            SurveyEvent::Invited(invitation().into()),
        ),
        (
            "docket.survey.invited.v1.least",
            SurveyEvent::Invited(invitation_least().into()),
        ),
        (
            "docket.survey.answered.v1",
            SurveyEvent::Answered {
                score: score(5),
                text: Some(known("\u{201c}Schnell\u{201d},\nund freundlich")),
            },
        ),
        (
            "docket.survey.answered.v1.least",
            SurveyEvent::Answered {
                score: score(1),
                text: None,
            },
        ),
        (
            "docket.survey.answered.v1.erased",
            SurveyEvent::Answered {
                score: score(3),
                text: Some(Personal::Erased),
            },
        ),
    ]
}
