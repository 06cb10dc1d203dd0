//! What has happened to a ticket.

use jiff::Timestamp;

use crate::actor::Actor;
use crate::command::{
    Amendment, Awaiting, CommandContext, OpenTicket, Origin, Part, Relation, Visibility,
};
use crate::ids::{CommentId, PersonId, TicketId, WorkId};
use crate::routing::Recorded;
use crate::text::{Body, Label, Personal, Reason};
use crate::ticket::Assignment;

/// All that stands beside an event in its record.
#[derive(Clone, PartialEq, Debug)]
pub struct EventContext {
    /// Who caused it.
    pub actor: Actor,
    /// Business time.
    pub occurred_at: Timestamp,
    /// Live, or history of another system.
    pub origin: Origin,
    /// See [`CommandContext::source_sequence`].
    pub source_sequence: Option<u64>,
}

impl From<&CommandContext> for EventContext {
    fn from(context: &CommandContext) -> Self {
        Self {
            actor: context.actor,
            occurred_at: context.occurred_at,
            origin: context.origin,
            source_sequence: context.source_sequence,
        }
    }
}

/// A fact; never refused, never changed.
#[derive(Clone, PartialEq, Debug)]
pub enum TicketEvent {
    /// The ticket exists; the reporter is the record's actor.
    Opened(Box<OpenTicket>),
    /// It was given to a consultant.
    Assigned {
        /// Who is to work it.
        consultant: PersonId,
        /// Why them, if the router decided it.
        decision: Option<Box<Recorded>>,
    },
    /// Its consultant took it.
    Accepted {
        /// Who works it.
        consultant: PersonId,
    },
    /// Its consultant didn't take it.
    Declined {
        /// Who declined.
        consultant: PersonId,
        /// Why not.
        reason: Reason,
    },
    /// It was taken from its consultant.
    Unassigned {
        /// From whom.
        consultant: PersonId,
        /// Why.
        reason: Reason,
    },
    /// It went to another team and waits there.
    Transferred {
        /// The new team.
        team: Label,
        /// Why.
        reason: Option<Reason>,
    },
    /// Work waits.
    Held {
        /// For whom or what.
        awaiting: Awaiting,
        /// In words.
        note: Option<Personal<Body>>,
    },
    /// Work goes on.
    Resumed {
        /// Where it was before it was held.
        to: Assignment,
    },
    /// The problem is solved.
    Resolved {
        /// How.
        code: Label,
        /// How, in words.
        note: Option<Personal<Body>>,
    },
    /// Nothing more is to be done.
    Closed {
        /// Until when it may be reopened.
        reopen_until: Timestamp,
    },
    /// The problem came back.
    Reopened {
        /// Why.
        reason: Reason,
        /// Who goes on with it; nobody if its consultant is gone.
        to: Assignment,
    },
    /// It won't be solved.
    Cancelled {
        /// Why not.
        reason: Reason,
    },
    /// What the ticket says was corrected; only what really changes.
    Amended(Box<Amendment>),
    /// Somebody said something.
    CommentAdded {
        /// The comment's own id.
        comment: CommentId,
        /// Who may read it.
        visibility: Visibility,
        /// The comment.
        text: Personal<Body>,
    },
    /// It has to do with another ticket.
    Linked {
        /// The other ticket.
        other: TicketId,
        /// What it has to do with it.
        relation: Relation,
    },
    /// The consultant set out.
    TravelStarted,
    /// The consultant is there.
    Arrived,
    /// Time and parts were spent.
    WorkLogged {
        /// The entry's own id.
        work: WorkId,
        /// Minutes worked.
        minutes: u32,
        /// Parts used.
        parts: Vec<Part>,
    },
}
