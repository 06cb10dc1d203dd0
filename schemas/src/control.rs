//! Control records: facts about the log itself, in the same chain as the events.
//!
//! Their key is [`KEY`], their types start with [`TYPE_PREFIX`]. They are part of the envelope: a
//! control record of a type, a version or a shape that is unknown here stops the reader
//! ([`DecodeError`]), because going on would split readers into two histories. The one thing
//! in them that may grow is what a [`Barrier`]'s answers say, see [`AnswerOutcome::Newer`].

use docket_domain::Rejection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::attributes::{CommandDigest, CommandId};
use crate::{DATA_BYTES_MAX, DecodeError, EncodeError};

/// The key of every control record.
pub const KEY: &str = "log";
/// What the type of every control record, known here or not, starts with.
pub const TYPE_PREFIX: &str = "docket.log.";
/// The format version that this version writes and the only one it reads.
pub const FORMAT_VERSION: u16 = 1;

/// A partition's first record. Rule: `sequence` is 0, `previous` is 64 zeros, and no later record
/// of the partition is a genesis. Several starters may race: the first one in the log is it. A
/// process that is configured for another partition count refuses to start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// Made for this log, hashed into every record, the same in every partition.
    pub log_id: Uuid,
    /// Which partition this is, from 0.
    pub partition: u16,
    /// How many there are, for the life of the log.
    pub partitions: u16,
    /// Of envelope and chain rule; a reader refuses one it doesn't know.
    pub format_version: u16,
}

/// Says that everything sent before it is settled, and lists the answers that no event gives.
/// Rule: once it is valid, each answer is the outcome of its command for ever, whichever replica
/// is asked, and raises its stream's highest source sequence. It changes no stream's version.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Barrier {
    /// In the order they were decided; often none.
    pub answers: Vec<Answer>,
}

/// The outcome of a command that made no event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The stream it was sent to, as a record key.
    pub stream: String,
    /// Which command: 32 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{32}$"))]
    pub command_id: CommandId,
    /// What it asked for: 16 hexadecimal digits.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{16}$"))]
    pub command_digest: CommandDigest,
    /// Its place in the system it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_sequence: Option<u64>,
    /// The stream's version that it was decided on; 0 if there is no event yet.
    pub version: u32,
    /// What became of it.
    pub outcome: AnswerOutcome,
}

/// What became of a command that made no event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerOutcome {
    /// It was so already.
    Unchanged,
    /// The domain refused it.
    Rejected(
        #[serde(with = "crate::rejection")]
        #[schemars(with = "crate::rejection::AnyRejection")]
        Rejection,
    ),
    /// Something that a newer version says; kept as it is. Refusals are added with every new
    /// command, and a reader of the version before must neither stop nor answer something else:
    /// whoever asks again for this command is sent away with "unavailable, repeat".
    #[serde(untagged)]
    Newer(serde_json::Value),
}

/// Names the partition's preferred writer. Rule: the last valid claim names the owner; others
/// forward to it. For speed only: an append by somebody else is as valid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// The writer's own id, made when it starts.
    pub writer: Uuid,
    /// Where others forward commands to: `host:port`.
    pub address: String,
}

/// The log ends here. Rule: only [`Opened`] may extend it; a writer that meets it stops.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Where it goes on, for the operator to read: adapter, hosts and topic or schema, without
    /// any secret.
    pub successor: String,
}

/// A copy of the log goes on from here. Rule: from this record on the partition is in the named
/// incarnation. Positions of the earlier one stay good up to this sequence and are refused past
/// it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// New, and the same in every partition.
    pub incarnation: Uuid,
    /// Why there is one.
    pub reason: OpenedReason,
}

/// Why a log goes on in a new incarnation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenedReason {
    /// Copied from an archive; what came after the archive's end is lost.
    Restored,
    /// Closed there and copied here, whole.
    Moved,
    /// A standby took the place of a lost site.
    Promoted,
}

/// Any control record.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "each is documented on its struct")]
pub enum Control {
    Genesis(Genesis),
    Barrier(Barrier),
    Claimed(Claimed),
    Closed(Closed),
    Opened(Opened),
}

macro_rules! control_types {
    ($($name:ident = $kind:literal,)+) => {
        $(impl $name {
            /// Its `ce_type`.
            pub const TYPE: &'static str = $kind;

            /// Its data.
            pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
                to_json($kind, self)
            }

            /// Reads its data.
            pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
                serde_json::from_slice(data)
                    .map_err(|source| DecodeError::Json { kind: $kind.into(), source })
            }
        })+

        impl Control {
            /// Its `ce_type`.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $kind,)+
                }
            }
        }

        /// The types of all control records.
        pub const TYPES: &[&str] = &[$($kind),+];

        /// The JSON Schemas of [`TYPES`].
        pub(crate) fn schemas() -> Vec<crate::schema::Released> {
            vec![$(crate::schema::released::<$name>($kind)),+]
        }

        /// Reads a control record; `None` if the type is none of the log's own.
        pub fn decode(kind: &str, data: &[u8]) -> Result<Option<Control>, DecodeError> {
            match kind {
                $($kind => $name::decode(data).map(|fact| Some(Control::$name(fact))),)+
                _ if kind.starts_with(TYPE_PREFIX) => {
                    Err(DecodeError::UnknownType { kind: kind.into() })
                }
                _ => Ok(None),
            }
        }
    };
}

control_types! {
    Genesis = "docket.log.genesis.v1",
    Barrier = "docket.log.barrier.v1",
    Claimed = "docket.log.claimed.v1",
    Closed = "docket.log.closed.v1",
    Opened = "docket.log.opened.v1",
}

pub(crate) fn to_json(kind: &'static str, data: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    let json = serde_json::to_vec(data).map_err(|source| EncodeError::Json { kind, source })?;
    if json.len() > DATA_BYTES_MAX {
        let actual = json.len();
        return Err(EncodeError::TooLarge { kind, actual });
    }
    Ok(json)
}
