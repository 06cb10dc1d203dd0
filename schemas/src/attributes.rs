//! The CloudEvents attributes of a record, by name and by type. In Kafka each is a header with the
//! prefix `ce_`. None of them ever holds personal data.

use std::fmt;
use std::str::FromStr;

use docket_domain::command::Origin;
use docket_domain::event::EventContext;
use docket_domain::ids::PersonId;
use docket_domain::{Actor, Role};
use jiff::Timestamp;
use uuid::Uuid;

/// What a header's name starts with when it is an attribute, and so is hashed.
pub const PREFIX: &str = "ce_";
/// The one header without the prefix that every record has; outside the hash.
pub const CONTENT_TYPE: (&str, &str) = ("content-type", "application/json");
/// The value of [`SPECVERSION`].
pub const SPECVERSION_1_0: &str = "1.0";
/// The `previous` of a genesis.
pub const NO_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)+) => {
        $($(#[$doc])* pub const $name: &str = $value;)+

        /// The same names as headers, `ce_` before them.
        pub mod header {
            $($(#[$doc])* pub const $name: &str = concat!("ce_", $value);)+

            /// Every one of them.
            pub const ALL: &[&str] = &[$($name),+];
        }
    };
}

names! {
    /// Fresh for every record attempt, so that no two attempts hash alike: a UUID.
    ID = "id",
    /// Which log; see `source`.
    SOURCE = "source",
    /// CloudEvents' own version, `1.0`.
    SPECVERSION = "specversion",
    /// What happened, `docket.<stream>.<fact>.v<N>`.
    TYPE = "type",
    /// When the record was written, RFC 3339.
    TIME = "time",
    /// The dense number of the valid record in its partition, twenty digits; the genesis is 0.
    SEQUENCE = "sequence",
    /// The hash of the record this one extends, 64 hexadecimal digits.
    PREVIOUS = "previous",
    /// The record's own hash, 64 hexadecimal digits.
    HASH = "hash",
    /// Which command; see `CommandId`.
    COMMAND_ID = "commandid",
    /// What it asked for; see `CommandDigest`.
    COMMAND_DIGEST = "commanddigest",
    /// Who asked, and in which role: `<uuid>/<role>`.
    ACTOR = "actor",
    /// `live`, or `import` for history of another system.
    ORIGIN = "origin",
    /// Business time, RFC 3339.
    OCCURRED_AT = "occurredat",
    /// The command's place in the system it comes from, decimal; only imports have it.
    SOURCE_SEQUENCE = "sourcesequence",
}

/// An attribute whose text isn't what its name promises.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidAttribute {
    /// It is not there.
    #[error("the attribute {name} is missing")]
    Missing {
        /// Which one.
        name: &'static str,
    },
    /// It is something else.
    #[error("the attribute {name} is {value:?}, not {expected}")]
    Malformed {
        /// Which one.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it ought to be.
        expected: &'static str,
    },
}

fn malformed(name: &'static str, value: &str, expected: &'static str) -> InvalidAttribute {
    InvalidAttribute::Malformed {
        name,
        value: value.into(),
        expected,
    }
}

/// [`SOURCE`] of a log's records: `urn:uuid:<log id>`.
pub fn source(log_id: Uuid) -> String {
    format!("urn:uuid:{log_id}")
}

/// [`SEQUENCE`] as text: twenty digits, so that it sorts as CloudEvents' extension wants it.
pub fn sequence(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// The [`SEQUENCE`] in this text.
pub fn parse_sequence(text: &str) -> Result<u64, InvalidAttribute> {
    (text.len() == 20)
        .then(|| decimal(text))
        .flatten()
        .ok_or_else(|| malformed(SEQUENCE, text, "twenty decimal digits"))
}

/// A [`TIME`] or [`OCCURRED_AT`] as text: RFC 3339 in UTC.
pub fn time(time: Timestamp) -> String {
    time.to_string()
}

/// The moment in the text of the attribute `name`.
pub fn parse_time(name: &'static str, text: &str) -> Result<Timestamp, InvalidAttribute> {
    text.parse()
        .map_err(|_| malformed(name, text, "a time as RFC 3339 has it"))
}

/// [`ACTOR`] as text.
pub fn actor(actor: &Actor) -> String {
    format!("{}/{}", actor.id, actor.role.as_str())
}

/// The [`ACTOR`] in this text.
pub fn parse_actor(text: &str) -> Result<Actor, InvalidAttribute> {
    text.split_once('/')
        .and_then(|(id, role)| {
            Some(Actor {
                id: PersonId(Uuid::try_parse(id).ok()?),
                role: Role::parse(role)?,
            })
        })
        .ok_or_else(|| malformed(ACTOR, text, "<uuid>/<role> with a role known here"))
}

/// [`ORIGIN`] as text.
pub const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Import => "import",
    }
}

/// The [`ORIGIN`] in this text.
pub fn parse_origin(text: &str) -> Result<Origin, InvalidAttribute> {
    match text {
        "live" => Ok(Origin::Live),
        "import" => Ok(Origin::Import),
        _ => Err(malformed(ORIGIN, text, "live or import")),
    }
}

/// The [`SOURCE_SEQUENCE`] in this text.
pub fn parse_source_sequence(text: &str) -> Result<u64, InvalidAttribute> {
    decimal(text).ok_or_else(|| malformed(SOURCE_SEQUENCE, text, "a decimal number"))
}

/// Digits only: `u64`'s own parser also takes a plus sign.
fn decimal(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $attribute:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; 2 * $bytes];
                for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
                    pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
                    pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
                }
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidAttribute;

            fn from_str(text: &str) -> Result<Self, InvalidAttribute> {
                let mut bytes = [0; $bytes];
                parse_hex(text, &mut bytes)
                    .map(|()| Self(bytes))
                    .ok_or_else(|| malformed($attribute, text, $expected))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Lower-case only: what is hashed and compared has one spelling.
fn parse_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    fn digit(byte: u8) -> Option<u8> {
        match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        }
    }
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(())
}

hex_id! {
    /// Names a command for ever: the first half of a hash of issuer, subject, stream and
    /// idempotency key. A command of the same id is the same command.
    CommandId, 16, COMMAND_ID, "32 hexadecimal digits"
}
hex_id! {
    /// A short digest of a command's payload, salted with its [`CommandId`]: the same id with
    /// another digest is a key used twice.
    CommandDigest, 8, COMMAND_DIGEST, "16 hexadecimal digits"
}

/// The attributes that an event has and a control record hasn't.
#[derive(Clone, PartialEq, Debug)]
pub struct EventAttributes {
    /// Who, when, whence.
    pub context: EventContext,
    /// Which command it comes from.
    pub command_id: CommandId,
    /// What that one asked for.
    pub command_digest: CommandDigest,
}

impl EventAttributes {
    /// As (name without `ce_`, value), sorted by name.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            (ACTOR, actor(&self.context.actor)),
            (COMMAND_DIGEST, self.command_digest.to_string()),
            (COMMAND_ID, self.command_id.to_string()),
            (OCCURRED_AT, time(self.context.occurred_at)),
            (ORIGIN, origin(self.context.origin).to_owned()),
        ];
        if let Some(number) = self.context.source_sequence {
            pairs.push((SOURCE_SEQUENCE, number.to_string()));
        }
        pairs
    }

    /// Reads them; `get` finds an attribute by its name without `ce_`.
    pub fn from_lookup<'a>(
        get: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, InvalidAttribute> {
        let needed = |name| get(name).ok_or(InvalidAttribute::Missing { name });
        Ok(Self {
            context: EventContext {
                actor: parse_actor(needed(ACTOR)?)?,
                occurred_at: parse_time(OCCURRED_AT, needed(OCCURRED_AT)?)?,
                origin: parse_origin(needed(ORIGIN)?)?,
                source_sequence: get(SOURCE_SEQUENCE)
                    .map(parse_source_sequence)
                    .transpose()?,
            },
            command_id: needed(COMMAND_ID)?.parse()?,
            command_digest: needed(COMMAND_DIGEST)?.parse()?,
        })
    }
}
