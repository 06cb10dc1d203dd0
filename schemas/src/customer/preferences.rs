//! How a customer wants to be served: `docket.customer.preferences_changed.v1`, and the same within
//! a registration. Frozen.
#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things in a change"
)]

use std::borrow::Cow;

use docket_domain::customer::{CustomerEvent, Preferences, PreferencesChange};
use docket_domain::ids::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Fact, Invalid, borrowed, optional, present};
use crate::words::NotificationChannelV1;

/// How a customer wants to be served.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreferencesV1<'a> {
    /// How they are told about their tickets.
    channel: NotificationChannelV1,
    /// Their language, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    /// Who is to come if possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consultant: Option<Uuid>,
    /// Whether they may be asked how it went.
    surveys: bool,
}

/// How a customer wants to be served was changed. A field that is absent stays as it was; one that
/// is null was taken away.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreferencesChangedV1<'a> {
    /// How they are told about their tickets from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "NotificationChannelV1")]
    channel: Option<NotificationChannelV1>,
    /// Their new language.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    language: Option<Option<Cow<'a, str>>>,
    /// Who is to come from now on if possible.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    consultant: Option<Option<Uuid>>,
    /// Whether they may be asked from now on how it went.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "bool")]
    surveys: Option<bool>,
}

impl<'a> From<&'a Preferences> for PreferencesV1<'a> {
    fn from(preferences: &'a Preferences) -> Self {
        Self {
            channel: preferences.channel.into(),
            language: preferences.language.as_ref().map(borrowed),
            consultant: preferences.consultant.map(|consultant| consultant.0),
            surveys: preferences.surveys,
        }
    }
}

impl PreferencesV1<'_> {
    pub(super) fn into_domain(self) -> Result<Preferences, Invalid> {
        Ok(Preferences {
            channel: self.channel.into(),
            language: optional("preferences.language", self.language)?,
            consultant: self.consultant.map(PersonId),
            surveys: self.surveys,
        })
    }
}

impl<'a> From<&'a PreferencesChange> for PreferencesChangedV1<'a> {
    fn from(change: &'a PreferencesChange) -> Self {
        let language = change.language.as_ref();
        let consultant = change.consultant;
        Self {
            channel: change.channel.map(NotificationChannelV1::from),
            language: language.map(|language| language.as_ref().map(borrowed)),
            consultant: consultant.map(|person| person.map(|person| person.0)),
            surveys: change.surveys,
        }
    }
}

impl Fact for PreferencesChangedV1<'_> {
    const TYPE: &'static str = "docket.customer.preferences_changed.v1";

    type Event = CustomerEvent;

    fn into_event(self) -> Result<CustomerEvent, Invalid> {
        let language = |language| optional("language", language);
        Ok(CustomerEvent::PreferencesChanged(PreferencesChange {
            channel: self.channel.map(Into::into),
            language: self.language.map(language).transpose()?,
            consultant: self.consultant.map(|person| person.map(PersonId)),
            surveys: self.surveys,
        }))
    }
}
