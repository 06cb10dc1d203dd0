//! What has happened to a survey.

use super::command::{Invitation, Score};
use crate::text::{Personal, Remark};

/// A fact; never refused, never changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SurveyEvent {
    /// The customer is asked.
    Invited(Box<Invitation>),
    /// They answered.
    Answered {
        /// How well it went.
        score: Score,
        /// In words.
        text: Option<Personal<Remark>>,
    },
}
