//! `docket.ticket.opened.v1`. Frozen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use docket_domain::TicketEvent;
use docket_domain::command::{Caller, Customer, OpenTicket};
use docket_domain::ids::PersonId;
use docket_domain::ticket_number::InvalidNumber;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{Fact, Invalid, borrowed, optional, text, texts};
use crate::personal::PersonalV1;
use crate::place::PlaceV1;
use crate::words::{ChannelV1, PriorityV1};

/// A ticket exists. Its reporter is the record's actor.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenedV1<'a> {
    /// The number people read out on the phone, the last digit being its check digit (Damm).
    number: Cow<'a, str>,
    /// Whose problem it is.
    customer: CustomerV1<'a>,
    /// By which way it came.
    channel: ChannelV1,
    /// The store it concerns or was brought to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<Cow<'a, str>>,
    /// The team that is to work it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Cow<'a, str>>,
    /// In one line.
    subject: PersonalV1<Cow<'a, str>>,
    /// At length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<PersonalV1<Cow<'a, str>>>,
    /// From the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<Cow<'a, str>>,
    /// What a consultant must know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skills: Vec<Cow<'a, str>>,
    /// How soon.
    priority: PriorityV1,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PersonalV1<PlaceV1<'a>>>,
    /// The customer's language, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    /// Whatever else a deployment wants to know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

/// Whose ticket it is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CustomerV1<'a> {
    /// Somebody with an account, by id.
    Registered(Uuid),
    /// Somebody on the phone.
    Unregistered(PersonalV1<CallerV1<'a>>),
}

/// How to reach somebody without an account.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallerV1<'a> {
    /// As given.
    name: Cow<'a, str>,
    /// As given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<Cow<'a, str>>,
    /// As given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Cow<'a, str>>,
}

impl<'a> From<&'a OpenTicket> for OpenedV1<'a> {
    fn from(ticket: &'a OpenTicket) -> Self {
        let fields = ticket.fields.iter();
        Self {
            number: ticket.number.to_string().into(),
            customer: CustomerV1::from(&ticket.customer),
            channel: ticket.channel.into(),
            store: ticket.store.as_ref().map(borrowed),
            team: ticket.team.as_ref().map(borrowed),
            subject: PersonalV1::of(&ticket.subject, borrowed),
            description: PersonalV1::of_optional(ticket.description.as_ref(), borrowed),
            category: ticket.category.as_ref().map(borrowed),
            skills: ticket.skills.iter().map(borrowed).collect(),
            priority: ticket.priority.into(),
            place: PersonalV1::of_optional(ticket.place.as_ref(), PlaceV1::from),
            language: ticket.language.as_ref().map(borrowed),
            fields: fields.map(|(k, v)| (borrowed(k), borrowed(v))).collect(),
        }
    }
}

impl Fact for OpenedV1<'_> {
    const TYPE: &'static str = "docket.ticket.opened.v1";

    type Event = TicketEvent;

    fn into_event(self) -> Result<TicketEvent, Invalid> {
        let number = self.number.parse();
        let field = |(name, value)| Ok((text("fields", name)?, text("fields", value)?));
        Ok(TicketEvent::Opened(Box::new(OpenTicket {
            number: number.map_err(|wrong: InvalidNumber| Invalid::new("number", &wrong))?,
            customer: self.customer.into_domain()?,
            channel: self.channel.into(),
            store: optional("store", self.store)?,
            team: optional("team", self.team)?,
            subject: self.subject.into_domain(|value| text("subject", value))?,
            description: PersonalV1::into_optional(self.description, |value| {
                text("description", value)
            })?,
            category: optional("category", self.category)?,
            skills: texts("skills", self.skills)?,
            priority: self.priority.into(),
            place: PersonalV1::into_optional(self.place, PlaceV1::into_domain)?,
            language: optional("language", self.language)?,
            fields: self
                .fields
                .into_iter()
                .map(field)
                .collect::<Result<_, Invalid>>()?,
        })))
    }
}

impl<'a> From<&'a Customer> for CustomerV1<'a> {
    fn from(customer: &'a Customer) -> Self {
        match customer {
            Customer::Registered(person) => Self::Registered(person.0),
            Customer::Unregistered(caller) => {
                Self::Unregistered(PersonalV1::of(caller, CallerV1::from))
            }
        }
    }
}

impl CustomerV1<'_> {
    fn into_domain(self) -> Result<Customer, Invalid> {
        Ok(match self {
            Self::Registered(person) => Customer::Registered(PersonId(person)),
            Self::Unregistered(caller) => {
                Customer::Unregistered(caller.into_domain(CallerV1::into_domain)?)
            }
        })
    }
}

impl<'a> From<&'a Caller> for CallerV1<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self {
            name: borrowed(&caller.name),
            phone: caller.phone.as_ref().map(borrowed),
            email: caller.email.as_ref().map(borrowed),
        }
    }
}

impl CallerV1<'_> {
    fn into_domain(self) -> Result<Caller, Invalid> {
        Ok(Caller {
            name: text("customer.name", self.name)?,
            phone: optional("customer.phone", self.phone)?,
            email: optional("customer.email", self.email)?,
        })
    }
}
