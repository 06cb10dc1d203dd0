//! What a customer thinks of it: `docket.survey.answered.v1`. Frozen.

use std::borrow::Cow;

use docket_domain::survey::{Score, SurveyEvent};
use docket_domain::text::{Personal, Remark};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid, borrowed, text};
use crate::personal::PersonalV1;

/// A survey was answered, by whoever had its link: the record's actor is an id of the survey's own.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnsweredV1<'a> {
    /// How well it went: 1 (badly) to 5 (very well).
    #[schemars(range(min = 1, max = 5))]
    score: u32,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<PersonalV1<Cow<'a, str>>>,
}

impl<'a> AnsweredV1<'a> {
    pub(super) fn new(score: Score, text: Option<&'a Personal<Remark>>) -> Self {
        Self {
            score: score.get().into(),
            text: PersonalV1::of_optional(text, borrowed),
        }
    }
}

impl Fact for AnsweredV1<'_> {
    const TYPE: &'static str = "docket.survey.answered.v1";

    type Event = SurveyEvent;

    fn into_event(self) -> Result<SurveyEvent, Invalid> {
        Ok(SurveyEvent::Answered {
            score: Score::new(self.score).map_err(|problem| Invalid::new("score", &problem))?,
            text: PersonalV1::into_optional(self.text, |value| text("text", value))?,
        })
    }
}
