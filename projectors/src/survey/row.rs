//! A survey: a row and one event make the next row. Pure.

use docket_domain::EventContext;
use docket_domain::ids::SurveyId;
use docket_domain::survey::{AskedBy, Invitation, SurveyEvent};
use docket_domain::text::{Label, Personal};
use jiff_sqlx::Timestamp;
use uuid::Uuid;

use crate::projector::{FoldError, to_micros};

/// A row of `survey`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct SurveyRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) ticket: Uuid,
    pub(crate) closing: i64,
    pub(crate) customer: Option<Uuid>,
    pub(crate) channel: String,
    pub(crate) language: Option<String>,
    pub(crate) consultant: Option<Uuid>,
    pub(crate) team: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) area: Option<String>,
    pub(crate) invited_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) score: Option<i16>,
    pub(crate) answered_at: Option<Timestamp>,
    pub(crate) text: Option<String>,
    pub(crate) text_erased: bool,
}

/// Applies one event to a survey's row as it was before it (`None`: no event yet).
pub(crate) fn apply(
    before: Option<&SurveyRow>,
    id: SurveyId,
    event: &SurveyEvent,
    context: &EventContext,
) -> Result<SurveyRow, FoldError> {
    let at = to_micros(context.occurred_at);
    match (before, event) {
        (None, SurveyEvent::Invited(invitation)) => Ok(invited(id, invitation, at)),
        (None, SurveyEvent::Answered { .. }) => Err(FoldError::NotInvited),
        (Some(_), SurveyEvent::Invited(_)) => Err(FoldError::InvitedTwice),
        (Some(before), SurveyEvent::Answered { score, text }) => {
            if before.score.is_some() {
                return Err(FoldError::AnsweredTwice);
            }
            let said = text.as_ref().and_then(Personal::known);
            Ok(SurveyRow {
                version: before.version + 1,
                score: Some(score.get().into()),
                answered_at: Some(at),
                text: said.map(ToString::to_string),
                text_erased: *text == Some(Personal::Erased),
                ..before.clone()
            })
        }
    }
}

fn invited(id: SurveyId, invitation: &Invitation, at: Timestamp) -> SurveyRow {
    let Invitation {
        customer,
        channel,
        language,
        consultant,
        team,
        category,
        store,
        area,
        expires_at,
    } = invitation;
    let written = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
    SurveyRow {
        id: id.respondent().0,
        version: 1,
        ticket: id.ticket.0,
        closing: id.closing.get().into(),
        customer: customer.map(|person| person.0),
        channel: word(*channel).to_owned(),
        language: written(language),
        consultant: consultant.map(|person| person.0),
        team: written(team),
        category: written(category),
        store: written(store),
        area: written(area),
        invited_at: at,
        expires_at: to_micros(*expires_at),
        score: None,
        answered_at: None,
        text: None,
        text_erased: false,
    }
}

const fn word(channel: AskedBy) -> &'static str {
    match channel {
        AskedBy::Email => "email",
        AskedBy::Sms => "sms",
    }
}
