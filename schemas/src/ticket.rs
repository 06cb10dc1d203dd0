//! A ticket's events as JSON: one frozen wire struct per type, and one chain of upcasters.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.
//! A field that the type doesn't have is an error, not ignored: a newer replica added it, and a
//! decider that goes on without it would decide on a state with a hole.

mod amendment;
mod assignment;
mod conversation;
mod opened;
mod progress;
mod upcast;
mod words;
mod work;

use docket_domain::TicketEvent;
use docket_domain::text::{InvalidText, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

use crate::control::to_json;
use crate::schema::{Released, released};
use crate::{DecodeError, EncodeError};

use amendment::AmendedV1;
use assignment::{AcceptedV1, AssignedV1, DeclinedV1, TransferredV1, UnassignedV1};
use conversation::{CommentAddedV1, LinkedV1};
use opened::OpenedV1;
use progress::{CancelledV1, ClosedV1, HeldV1, ReopenedV1, ResolvedV1, ResumedV1};
use work::{ArrivedV1, TravelStartedV1, WorkLoggedV1};

/// The newest wire struct of one event type.
trait Fact: Serialize + JsonSchema {
    /// Its `ce_type`.
    const TYPE: &'static str;

    /// The domain's event, if the values are ones the domain has.
    fn into_event(self) -> Result<TicketEvent, Invalid>;
}

/// A field whose value the domain doesn't have.
struct Invalid {
    field: &'static str,
    problem: String,
}

impl Invalid {
    fn new(field: &'static str, problem: &impl ToString) -> Self {
        let problem = problem.to_string();
        Self { field, problem }
    }
}

macro_rules! facts {
    ($($wire:ident,)+) => {
        /// The newest types, one per kind of event; those that [`encode`] writes.
        pub const TYPES: &[&str] = &[$($wire::TYPE),+];

        /// Reads the newest version of a type.
        fn decode_newest<'de, D>(kind: &str, from: D) -> Result<TicketEvent, DecodeError>
        where
            D: Deserializer<'de, Error = serde_json::Error>,
        {
            match kind {
                $($wire::TYPE => read::<$wire, D>(from),)+
                _ => Err(DecodeError::UnknownType { kind: kind.into() }),
            }
        }

        /// The JSON Schemas of [`TYPES`].
        pub(crate) fn schemas() -> Vec<Released> {
            vec![$(released::<$wire>($wire::TYPE)),+]
        }
    };
}

facts! {
    OpenedV1,
    AssignedV1,
    AcceptedV1,
    DeclinedV1,
    UnassignedV1,
    TransferredV1,
    HeldV1,
    ResumedV1,
    ResolvedV1,
    ClosedV1,
    ReopenedV1,
    CancelledV1,
    AmendedV1,
    CommentAddedV1,
    LinkedV1,
    TravelStartedV1,
    ArrivedV1,
    WorkLoggedV1,
}

/// An event's type and data. Fails only if the data is longer than
/// [`DATA_BYTES_MAX`](crate::DATA_BYTES_MAX), which long texts and fields together can be.
pub fn encode(event: &TicketEvent) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        TicketEvent::Opened(ticket) => write(&OpenedV1::from(&**ticket)),
        TicketEvent::Assigned { consultant } => write(&AssignedV1::new(*consultant)),
        TicketEvent::Accepted { consultant } => write(&AcceptedV1::new(*consultant)),
        TicketEvent::Declined { consultant, reason } => {
            write(&DeclinedV1::new(*consultant, reason))
        }
        TicketEvent::Unassigned { consultant, reason } => {
            write(&UnassignedV1::new(*consultant, reason))
        }
        TicketEvent::Transferred { team, reason } => {
            write(&TransferredV1::new(team, reason.as_ref()))
        }
        TicketEvent::Held { awaiting, note } => write(&HeldV1::new(*awaiting, note.as_ref())),
        TicketEvent::Resumed { to } => write(&ResumedV1::new(*to)),
        TicketEvent::Resolved { code, note } => write(&ResolvedV1::new(code, note.as_ref())),
        TicketEvent::Closed { reopen_until } => write(&ClosedV1::new(*reopen_until)),
        TicketEvent::Reopened { reason, to } => write(&ReopenedV1::new(reason, *to)),
        TicketEvent::Cancelled { reason } => write(&CancelledV1::new(reason)),
        TicketEvent::Amended(amendment) => write(&AmendedV1::from(&**amendment)),
        TicketEvent::CommentAdded {
            comment,
            visibility,
            text,
        } => write(&CommentAddedV1::new(*comment, *visibility, text)),
        TicketEvent::Linked { other, relation } => write(&LinkedV1::new(*other, *relation)),
        TicketEvent::TravelStarted => write(&TravelStartedV1 {}),
        TicketEvent::Arrived => write(&ArrivedV1 {}),
        TicketEvent::WorkLogged {
            work,
            minutes,
            parts,
        } => write(&WorkLoggedV1::new(*work, *minutes, parts)),
    }
}

/// The event of this type and data, whichever version wrote it.
pub fn decode(kind: &str, data: &[u8]) -> Result<TicketEvent, DecodeError> {
    upcast::decode_through(upcast::STEPS, kind, data)
}

fn write<F: Fact>(fact: &F) -> Result<(&'static str, Vec<u8>), EncodeError> {
    Ok((F::TYPE, to_json(F::TYPE, fact)?))
}

fn read<'de, F, D>(from: D) -> Result<TicketEvent, DecodeError>
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

/// A domain text, as the wire structs hold it while writing.
fn borrowed<const MAX: usize>(text: &Text<MAX>) -> Cow<'_, str> {
    Cow::Borrowed(text.as_str())
}

/// A domain text, out of what a wire struct holds after reading.
fn text<const MAX: usize>(field: &'static str, text: Cow<'_, str>) -> Result<Text<MAX>, Invalid> {
    Text::new(text).map_err(|problem: InvalidText| Invalid::new(field, &problem))
}

/// The same for a text that may be absent.
fn optional<const MAX: usize>(
    field: &'static str,
    value: Option<Cow<'_, str>>,
) -> Result<Option<Text<MAX>>, Invalid> {
    value.map(|value| text(field, value)).transpose()
}
