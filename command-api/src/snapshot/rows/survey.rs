//! How a survey's state looks in a snapshot file.

use docket_domain::survey::{AnsweredState, InvitedState, Score, Survey};
use docket_domain::ticket::Digest;
use serde::{Deserialize, Serialize};

use super::history::HistoryRow;
use super::{Odd, time};

#[derive(Serialize, Deserialize)]
pub(in super::super) enum SurveyRow {
    NotInvited,
    Invited(InvitedRow),
    Answered(AnsweredRow),
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct InvitedRow {
    history: HistoryRow,
    invitation: u64,
    expires_at: i128,
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct AnsweredRow {
    history: HistoryRow,
    invitation: u64,
    score: u8,
    text: Option<u64>,
}

impl From<&Survey> for SurveyRow {
    // Every field by name: a new one must be put somewhere.
    fn from(survey: &Survey) -> Self {
        match survey {
            Survey::NotInvited => Self::NotInvited,
            Survey::Invited(state) => {
                let InvitedState {
                    history,
                    invitation,
                    expires_at,
                } = &**state;
                Self::Invited(InvitedRow {
                    history: (*history).into(),
                    invitation: invitation.0,
                    expires_at: expires_at.as_nanosecond(),
                })
            }
            Survey::Answered(state) => {
                let AnsweredState {
                    history,
                    invitation,
                    score,
                    text,
                } = &**state;
                Self::Answered(AnsweredRow {
                    history: (*history).into(),
                    invitation: invitation.0,
                    score: score.get(),
                    text: text.map(|digest| digest.0),
                })
            }
        }
    }
}

impl TryFrom<SurveyRow> for Survey {
    type Error = Odd;

    fn try_from(row: SurveyRow) -> Result<Self, Odd> {
        Ok(match row {
            SurveyRow::NotInvited => Self::NotInvited,
            SurveyRow::Invited(row) => Self::Invited(Box::new(InvitedState {
                history: row.history.try_into()?,
                invitation: Digest(row.invitation),
                expires_at: time(row.expires_at)?,
            })),
            SurveyRow::Answered(row) => Self::Answered(Box::new(AnsweredState {
                history: row.history.try_into()?,
                invitation: Digest(row.invitation),
                score: Score::new(row.score.into()).map_err(|_| Odd::Malformed)?,
                text: row.text.map(Digest),
            })),
        })
    }
}
