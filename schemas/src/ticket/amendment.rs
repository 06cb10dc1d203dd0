//! `docket.ticket.amended.v1`. Frozen.
#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things in an amendment"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use docket_domain::TicketEvent;
use docket_domain::command::Amendment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid, borrowed, optional, present, text, texts};
use crate::personal::PersonalV1;
use crate::place::PlaceV1;
use crate::words::PriorityV1;

/// What the ticket says was corrected. A field that is absent stays as it was; one that is null
/// was taken away.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AmendedV1<'a> {
    /// The new subject.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "PersonalV1<Cow<'_, str>>")]
    subject: Option<PersonalV1<Cow<'a, str>>>,
    /// The new description.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    description: Option<Option<PersonalV1<Cow<'a, str>>>>,
    /// The new category.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    category: Option<Option<Cow<'a, str>>>,
    /// The whole new list of skills.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "Vec<String>")]
    skills: Option<Vec<Cow<'a, str>>>,
    /// The new priority.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "PriorityV1")]
    priority: Option<PriorityV1>,
    /// The new place.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    place: Option<Option<PersonalV1<PlaceV1<'a>>>>,
    /// New values of single fields; null takes one away.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<Cow<'a, str>, Option<Cow<'a, str>>>,
}

impl<'a> From<&'a Amendment> for AmendedV1<'a> {
    fn from(amendment: &'a Amendment) -> Self {
        let description = amendment.description.as_ref();
        let category = amendment.category.as_ref();
        let skills = amendment.skills.as_ref();
        let place = amendment.place.as_ref();
        let fields = amendment.fields.iter();
        Self {
            subject: PersonalV1::of_optional(amendment.subject.as_ref(), borrowed),
            description: description.map(|value| PersonalV1::of_optional(value.as_ref(), borrowed)),
            category: category.map(|value| value.as_ref().map(borrowed)),
            skills: skills.map(|skills| skills.iter().map(borrowed).collect()),
            priority: amendment.priority.map(PriorityV1::from),
            place: place.map(|value| PersonalV1::of_optional(value.as_ref(), PlaceV1::from)),
            fields: fields
                .map(|(name, value)| (borrowed(name), value.as_ref().map(borrowed)))
                .collect(),
        }
    }
}

impl Fact for AmendedV1<'_> {
    const TYPE: &'static str = "docket.ticket.amended.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let description =
            |value| PersonalV1::into_optional(value, |value| text("description", value));
        let place = |value| PersonalV1::into_optional(value, PlaceV1::into_domain);
        let category = |value| optional("category", value);
        let field = |(name, value)| Ok((text("fields", name)?, optional("fields", value)?));
        Ok(TicketEvent::Amended(Box::new(Amendment {
            subject: PersonalV1::into_optional(self.subject, |value| text("subject", value))?,
            description: self.description.map(description).transpose()?,
            category: self.category.map(category).transpose()?,
            skills: self
                .skills
                .map(|skills| texts("skills", skills))
                .transpose()?,
            priority: self.priority.map(Into::into),
            place: self.place.map(place).transpose()?,
            fields: self
                .fields
                .into_iter()
                .map(field)
                .collect::<Result<_, Invalid>>()?,
        })))
    }
}
