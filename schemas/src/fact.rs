//! What the events of every stream have in common on the wire: one frozen struct per type, written
//! and read here.
//!
//! A field that the type doesn't have is an error, not ignored: a newer replica added it, and a
//! decider that goes on without it would decide on a state with a hole.

use std::borrow::Cow;

use docket_domain::text::{InvalidText, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::control::to_json;
use crate::{DecodeError, EncodeError};

/// The newest wire struct of one event type.
pub(crate) trait Fact: Serialize + JsonSchema {
    /// Its `ce_type`.
    const TYPE: &'static str;

    /// What the domain calls an event of its stream.
    type Event;

    /// The domain's event, if the values are ones the domain has.
    fn into_event(self) -> Result<Self::Event, Invalid>;
}

/// The events of one stream, read by their type.
pub(crate) trait Newest: Sized {
    /// Reads the newest version of a type.
    fn decode_newest<'de, D>(kind: &str, from: D) -> Result<Self, DecodeError>
    where
        D: Deserializer<'de, Error = serde_json::Error>;
}

/// Lists the wire structs of a stream, one per kind of event.
macro_rules! facts {
    ($event:ty: $($wire:ident,)+) => {
        /// The newest types, one per kind of event; those that [`encode`] writes.
        pub const TYPES: &[&str] = &[$(<$wire as $crate::fact::Fact>::TYPE),+];

        impl $crate::fact::Newest for $event {
            fn decode_newest<'de, D>(kind: &str, from: D) -> Result<Self, $crate::DecodeError>
            where
                D: serde::Deserializer<'de, Error = serde_json::Error>,
            {
                match kind {
                    $(<$wire as $crate::fact::Fact>::TYPE => {
                        $crate::fact::read::<$wire, D>(from)
                    })+
                    _ => Err($crate::DecodeError::UnknownType { kind: kind.into() }),
                }
            }
        }

        /// The JSON Schemas of [`TYPES`].
        pub(crate) fn schemas() -> Vec<$crate::schema::Released> {
            vec![$($crate::schema::released::<$wire>(<$wire as $crate::fact::Fact>::TYPE)),+]
        }
    };
}

pub(crate) use facts;

/// An event's type and data.
pub(crate) fn write<F: Fact>(fact: &F) -> Result<(&'static str, Vec<u8>), EncodeError> {
    Ok((F::TYPE, to_json(F::TYPE, fact)?))
}

/// The event in data of this type.
pub(crate) fn read<'de, F, D>(from: D) -> Result<F::Event, DecodeError>
where
    F: Fact + Deserialize<'de>,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let kind = F::TYPE;
    F::deserialize(from)
        .map_err(|source| DecodeError::Json {
            kind: kind.into(),
            source,
        })?
        .into_event()
        .map_err(|Invalid { field, problem }| DecodeError::Field {
            kind: kind.into(),
            field,
            problem,
        })
}

/// A field whose value the domain doesn't have.
pub(crate) struct Invalid {
    field: &'static str,
    problem: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, problem: &impl ToString) -> Self {
        let problem = problem.to_string();
        Self { field, problem }
    }
}

/// A domain text, as the wire structs hold it while writing.
pub(crate) fn borrowed<const MAX: usize>(text: &Text<MAX>) -> Cow<'_, str> {
    Cow::Borrowed(text.as_str())
}

/// A domain text, out of what a wire struct holds after reading.
pub(crate) fn text<const MAX: usize>(
    field: &'static str,
    text: Cow<'_, str>,
) -> Result<Text<MAX>, Invalid> {
    Text::new(text).map_err(|problem: InvalidText| Invalid::new(field, &problem))
}

/// The same for a text that may be absent.
pub(crate) fn optional<const MAX: usize>(
    field: &'static str,
    value: Option<Cow<'_, str>>,
) -> Result<Option<Text<MAX>>, Invalid> {
    value.map(|value| text(field, value)).transpose()
}

/// The same for several, in whatever the domain keeps them.
pub(crate) fn texts<'a, const MAX: usize, C: FromIterator<Text<MAX>>>(
    field: &'static str,
    values: impl IntoIterator<Item = Cow<'a, str>>,
) -> Result<C, Invalid> {
    let values = values.into_iter();
    values.map(|value| text(field, value)).collect()
}

/// Keeps null and absent apart where a change may take something away: what is there is `Some`,
/// whatever it is, and null is refused where there is nothing to take away.
pub(crate) fn present<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(from).map(Some)
}
