//! A ticket's events as JSON, `docket.ticket.…`: one frozen wire struct per type.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.

mod amendment;
mod assignment;
mod conversation;
mod decision;
mod opened;
mod progress;
mod work;

use docket_domain::TicketEvent;

use crate::fact::{facts, write};
use crate::{DecodeError, EncodeError, upcast};

use amendment::AmendedV1;
use assignment::{AcceptedV1, AssignedV1, DeclinedV1, TransferredV1, UnassignedV1};
use conversation::{CommentAddedV1, LinkedV1};
pub use decision::{DecisionV1, InvalidDecision};
use opened::OpenedV1;
use progress::{CancelledV1, ClosedV1, HeldV1, ReopenedV1, ResolvedV1, ResumedV1};
use work::{ArrivedV1, TravelStartedV1, WorkLoggedV1};

facts! { TicketEvent:
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
        TicketEvent::Assigned {
            consultant,
            decision,
        } => write(&AssignedV1::new(*consultant, decision.as_deref())),
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
    upcast::decode(kind, data)
}
