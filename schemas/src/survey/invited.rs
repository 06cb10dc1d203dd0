//! Who is asked about what: `docket.survey.invited.v1`. Frozen.

use std::borrow::Cow;

use docket_domain::Timestamp;
use docket_domain::ids::PersonId;
use docket_domain::survey::{Invitation, SurveyEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Fact, Invalid, borrowed, optional};
use crate::words::AskedByV1;

/// A ticket's customer is asked how a closing of it went. Says all that answers are counted by, as
/// it was when the ticket was closed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitedV1<'a> {
    /// Whose ticket it is, if they have an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<Uuid>,
    /// By which way they are asked.
    channel: AskedByV1,
    /// The language they are asked in, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    /// Who worked the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consultant: Option<Uuid>,
    /// The team that worked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Cow<'a, str>>,
    /// The ticket's category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<Cow<'a, str>>,
    /// The store it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<Cow<'a, str>>,
    /// The area it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area: Option<Cow<'a, str>>,
    /// Until when it may be answered.
    expires_at: Timestamp,
}

impl<'a> From<&'a Invitation> for InvitedV1<'a> {
    fn from(invitation: &'a Invitation) -> Self {
        Self {
            customer: invitation.customer.map(|person| person.0),
            channel: invitation.channel.into(),
            language: invitation.language.as_ref().map(borrowed),
            consultant: invitation.consultant.map(|person| person.0),
            team: invitation.team.as_ref().map(borrowed),
            category: invitation.category.as_ref().map(borrowed),
            store: invitation.store.as_ref().map(borrowed),
            area: invitation.area.as_ref().map(borrowed),
            expires_at: invitation.expires_at,
        }
    }
}

impl Fact for InvitedV1<'_> {
    const TYPE: &'static str = "docket.survey.invited.v1";

    type Event = SurveyEvent;

    fn into_event(self) -> Result<SurveyEvent, Invalid> {
        Ok(SurveyEvent::Invited(Box::new(Invitation {
            customer: self.customer.map(PersonId),
            channel: self.channel.into(),
            language: optional("language", self.language)?,
            consultant: self.consultant.map(PersonId),
            team: optional("team", self.team)?,
            category: optional("category", self.category)?,
            store: optional("store", self.store)?,
            area: optional("area", self.area)?,
            expires_at: self.expires_at,
        })))
    }
}
