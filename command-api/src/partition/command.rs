//! A command on its way through a partition's task, and what it is answered.

use docket_domain::command::{CommandContext, Origin};
use docket_domain::stream::{Command, StreamId};
use docket_domain::{Actor, Rejection, StatusName, TicketNumber};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::admission::Permit;
use super::outcomes::{FirstResult, Outcome};
use super::owner::Wish;
use super::state::Stream;

/// A command as a client sent it, checked as far as that needs no state.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) stream: StreamId,
    pub(crate) id: CommandId,
    pub(crate) digest: CommandDigest,
    pub(crate) actor: Actor,
    pub(crate) origin: Origin,
    /// When it happened, if the client says so.
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) source_sequence: Option<u64>,
    pub(crate) expected_version: Option<u32>,
    /// An opening's number and a closing's window are filled in when it is decided.
    pub(crate) command: Command,
    pub(crate) traceparent: Option<String>,
}

impl Request {
    /// What the domain wants to know besides the command, if it is decided now.
    pub(super) fn context(&self, now: Timestamp) -> CommandContext {
        CommandContext {
            actor: self.actor,
            now,
            occurred_at: self.occurred_at.unwrap_or(now),
            origin: self.origin,
            source_sequence: self.source_sequence,
            expected_version: self.expected_version,
        }
    }
}

/// What is asked of a partition's task.
#[derive(Debug)]
pub(crate) enum Asked {
    /// To execute a command.
    Command(Pending),
    /// To append a claim. What is asked after it may be in the same batch, behind it.
    Claim(Wish),
}

/// A command that the partition's task owns. Whoever waits for the answer may go away; that
/// cancels nothing.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(super) request: Request,
    pub(super) reply: oneshot::Sender<Answer>,
    /// When it is dropped if it has not been sent by then; never, for a line of a bulk request.
    pub(super) give_up_at: Option<Instant>,
    /// Its share of the partition's queue, given back with the answer.
    pub(super) _permit: Permit,
}

impl Pending {
    /// One that nobody gives up.
    #[cfg(test)]
    pub(crate) fn new(request: Request, reply: oneshot::Sender<Answer>, permit: Permit) -> Self {
        Self {
            request,
            reply,
            give_up_at: None,
            _permit: permit,
        }
    }

    /// Whoever waited may be gone; the answer stays in the log.
    pub(super) fn answer(self, answer: Answer) {
        let _ = self.reply.send(answer);
    }
}

/// What a command is answered.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Answer {
    /// The log says so.
    Outcome(Outcomed),
    /// The key was used for another command.
    KeyReused,
    /// This version can't read the stream; a newer one can.
    Undecodable,
    /// The event would not fit a record.
    TooLarge(String),
    /// It was not done, for certain, and may be repeated.
    NotDone(NotDone),
    /// It may have been done; a repeat with the same key will tell.
    Unknown,
}

/// Why a command was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotDone {
    /// It waited too long in the queue.
    Expired,
    /// A batch has been in doubt for so long that this one would wait in vain.
    Stalled,
    /// The log is still being read.
    Starting,
    /// The process stops.
    Stopping,
    /// The partition can't be read on.
    Failed,
}

/// An outcome with what a client wants to know about the stream.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcomed {
    pub(crate) stream: StreamId,
    /// If it is a ticket that was opened.
    pub(crate) number: Option<TicketNumber>,
    /// The stream's version after it; 0 if there is no event.
    pub(crate) version: u32,
    pub(crate) result: Settled,
    pub(crate) incarnation: Uuid,
    pub(crate) partition: u16,
    pub(crate) sequence: u64,
}

/// A result, without what only the state needs; with the ticket's status, if it is one.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Settled {
    Applied(Option<StatusName>),
    Unchanged(Option<StatusName>),
    Rejected(Box<Rejection>),
}

/// Where an outcome is told from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    pub(crate) incarnation: Uuid,
    pub(crate) partition: u16,
}

impl Answer {
    /// The answer of a stored outcome.
    pub(super) fn of(id: StreamId, stream: &Stream, outcome: &Outcome, here: Here) -> Self {
        let result = match &outcome.result {
            FirstResult::Applied(status) => Settled::Applied(*status),
            FirstResult::Unchanged(status) => Settled::Unchanged(*status),
            FirstResult::Rejected(rejection) => Settled::Rejected(rejection.clone()),
            FirstResult::Newer => return Self::Undecodable,
        };
        Self::Outcome(Outcomed {
            stream: id,
            number: stream.number(),
            version: outcome.version,
            result,
            incarnation: here.incarnation,
            partition: here.partition,
            sequence: outcome.sequence,
        })
    }
}
