//! A refusal as it lies in a barrier. It round-trips exactly, so that a repeated command gets its
//! first answer from any replica.
//!
//! Unlike events, refusals are not versioned one by one: kinds and words are added as the domain
//! grows, never changed, and a reader that doesn't know one keeps it as
//! [`Newer`](crate::control::AnswerOutcome::Newer).

use std::borrow::Cow;

use docket_domain::command::CommandName;
use docket_domain::ids::PersonId;
use docket_domain::rejection::Countable;
use docket_domain::stream::AnyCommandName;
use docket_domain::{Rejection, Role, StatusName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// What a third party may rely on: a kind, and whatever belongs to it. Left open in the released
/// schema, because kinds are added.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its JSON Schema is used")]
pub(crate) struct AnyRejection {
    /// Such as `not_allowed`, `forbidden` or `stale`.
    kind: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Wire<'a> {
    Forbidden {
        role: Cow<'a, str>,
        command: Cow<'a, str>,
    },
    NotFound,
    AlreadyOpened,
    NotAllowed {
        command: Cow<'a, str>,
        status: Cow<'a, str>,
    },
    Stale {
        expected: u32,
        actual: u32,
    },
    DeclinedBefore {
        consultant: Uuid,
    },
    ReopenWindowOver {
        until: Timestamp,
    },
    TimeNotAllowed {
        role: Cow<'a, str>,
        earliest: Timestamp,
        latest: Timestamp,
    },
    LinkToItself,
    Full {
        what: Cow<'a, str>,
        max: u32,
    },
    NotRegistered,
    AlreadyRegistered,
    Retired,
    Erased,
    NotInvited,
    AlreadyInvited,
    AlreadyAnswered,
    SurveyExpired {
        expires_at: Timestamp,
    },
}

/// Writes a refusal; for `#[serde(with = "docket_schemas::rejection")]`.
pub fn serialize<S: Serializer>(rejection: &Rejection, to: S) -> Result<S::Ok, S::Error> {
    Wire::from(rejection).serialize(to)
}

/// Reads a refusal; for `#[serde(with = "docket_schemas::rejection")]`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rejection, D::Error> {
    let wire = Wire::deserialize(from)?;
    Rejection::try_from(wire).map_err(|word| de::Error::custom(format_args!("unknown: {word}")))
}

impl From<&Rejection> for Wire<'static> {
    fn from(rejection: &Rejection) -> Self {
        match *rejection {
            Rejection::Forbidden { role, command } => Self::Forbidden {
                role: role.as_str().into(),
                command: command.to_string().into(),
            },
            Rejection::NotFound => Self::NotFound,
            Rejection::AlreadyOpened => Self::AlreadyOpened,
            Rejection::NotAllowed { command, status } => Self::NotAllowed {
                command: command.as_str().into(),
                status: status.as_str().into(),
            },
            Rejection::Stale { expected, actual } => Self::Stale { expected, actual },
            Rejection::DeclinedBefore { consultant } => Self::DeclinedBefore {
                consultant: consultant.0,
            },
            Rejection::ReopenWindowOver { until } => Self::ReopenWindowOver { until },
            Rejection::TimeNotAllowed {
                role,
                earliest,
                latest,
            } => Self::TimeNotAllowed {
                role: role.as_str().into(),
                earliest,
                latest,
            },
            Rejection::LinkToItself => Self::LinkToItself,
            Rejection::Full { what, max } => Self::Full {
                what: countable(what).into(),
                max,
            },
            Rejection::NotRegistered => Self::NotRegistered,
            Rejection::AlreadyRegistered => Self::AlreadyRegistered,
            Rejection::Retired => Self::Retired,
            Rejection::Erased => Self::Erased,
            Rejection::NotInvited => Self::NotInvited,
            Rejection::AlreadyInvited => Self::AlreadyInvited,
            Rejection::AlreadyAnswered => Self::AlreadyAnswered,
            Rejection::SurveyExpired { expires_at } => Self::SurveyExpired { expires_at },
        }
    }
}

impl<'a> TryFrom<Wire<'a>> for Rejection {
    /// The word that isn't known.
    type Error = Cow<'a, str>;

    fn try_from(wire: Wire<'a>) -> Result<Self, Cow<'a, str>> {
        Ok(match wire {
            Wire::Forbidden { role, command } => Self::Forbidden {
                role: known(Role::parse, role)?,
                command: known(AnyCommandName::parse, command)?,
            },
            Wire::NotFound => Self::NotFound,
            Wire::AlreadyOpened => Self::AlreadyOpened,
            Wire::NotAllowed { command, status } => Self::NotAllowed {
                command: known(CommandName::parse, command)?,
                status: known(StatusName::parse, status)?,
            },
            Wire::Stale { expected, actual } => Self::Stale { expected, actual },
            Wire::DeclinedBefore { consultant } => Self::DeclinedBefore {
                consultant: PersonId(consultant),
            },
            Wire::ReopenWindowOver { until } => Self::ReopenWindowOver { until },
            Wire::TimeNotAllowed {
                role,
                earliest,
                latest,
            } => Self::TimeNotAllowed {
                role: known(Role::parse, role)?,
                earliest,
                latest,
            },
            Wire::LinkToItself => Self::LinkToItself,
            Wire::Full { what, max } => Self::Full {
                what: known(parse_countable, what)?,
                max,
            },
            Wire::NotRegistered => Self::NotRegistered,
            Wire::AlreadyRegistered => Self::AlreadyRegistered,
            Wire::Retired => Self::Retired,
            Wire::Erased => Self::Erased,
            Wire::NotInvited => Self::NotInvited,
            Wire::AlreadyInvited => Self::AlreadyInvited,
            Wire::AlreadyAnswered => Self::AlreadyAnswered,
            Wire::SurveyExpired { expires_at } => Self::SurveyExpired { expires_at },
        })
    }
}

fn known<T>(parse: fn(&str) -> Option<T>, word: Cow<'_, str>) -> Result<T, Cow<'_, str>> {
    parse(&word).ok_or(word)
}

const fn countable(what: Countable) -> &'static str {
    match what {
        Countable::Fields => "fields",
        Countable::Skills => "skills",
        Countable::Parts => "parts",
        Countable::Entries => "entries",
        Countable::Links => "links",
        Countable::Areas => "areas",
        Countable::Languages => "languages",
        Countable::Shifts => "shifts",
        Countable::CatalogueEntries => "catalogue_entries",
    }
}

fn parse_countable(word: &str) -> Option<Countable> {
    [
        Countable::Fields,
        Countable::Skills,
        Countable::Parts,
        Countable::Entries,
        Countable::Links,
        Countable::Areas,
        Countable::Languages,
        Countable::Shifts,
        Countable::CatalogueEntries,
    ]
    .into_iter()
    .find(|what| countable(*what) == word)
}
