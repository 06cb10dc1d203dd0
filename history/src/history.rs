//! The record of what clients did, as the clients saw it.

use std::sync::Arc;

use docket_domain::command::Origin;
use docket_domain::stream::{Command, StreamId};
use docket_domain::{Actor, StatusName, TicketNumber, Timestamp};
use uuid::Uuid;

use crate::kind::RejectionKind;
use crate::report::Report;
use crate::search::Budget;

/// Names a logical operation: the command id, or anything that stands for one idempotency key of
/// one subject on one stream. Its retries and hedges have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OperationId(pub Uuid);

/// What was asked: all that a decision needs besides the stream and the server's clock.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Of which stream.
    pub stream: StreamId,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// Live or imported.
    pub origin: Origin,
    /// The business time, if the client stated one.
    pub occurred_at: Option<Timestamp>,
    /// The place in an imported history.
    pub source_sequence: Option<u64>,
    /// `If-Match`.
    pub expected_version: Option<u32>,
}

/// One request and its answer. Instants are nanoseconds of one monotonic clock that all clients
/// share.
#[derive(Clone, PartialEq, Debug)]
pub struct Invocation {
    /// Who asked, for explanations only.
    pub client: u32,
    /// Which logical operation it belongs to.
    pub operation: OperationId,
    /// What was asked.
    pub asked: Arc<Asked>,
    /// Taken before the request was sent.
    pub invoked: u64,
    /// Taken after the answer had come; ignored for [`Answer::NotDone`] and [`Answer::Unknown`].
    pub returned: u64,
    /// What came.
    pub answer: Answer,
    /// The ticket's number, if the answer told it.
    pub number: Option<TicketNumber>,
}

/// What an invocation was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It was done.
    Applied {
        /// The stream's version after it.
        version: u32,
        /// The ticket's status after it, if it is one and told.
        status: Option<StatusName>,
    },
    /// It was so already.
    Unchanged {
        /// The stream's version then.
        version: u32,
        /// The ticket's status then, if it is one and told.
        status: Option<StatusName>,
    },
    /// It was refused.
    Rejected {
        /// The stream's version then, if told.
        version: Option<u32>,
        /// How.
        kind: RejectionKind,
    },
    /// The operation's key had been used for something else.
    KeyReused,
    /// It was not done by this invocation and never will be.
    NotDone,
    /// No answer, or one that leaves it open.
    Unknown,
}

impl Answer {
    /// Whether it tells the operation's outcome.
    pub const fn is_outcome(self) -> bool {
        matches!(
            self,
            Self::Applied { .. } | Self::Unchanged { .. } | Self::Rejected { .. }
        )
    }

    /// Whether both can be the outcome of one operation: what isn't told contradicts nothing.
    pub(crate) fn agrees(self, other: Self) -> bool {
        fn same<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        match (self, other) {
            (
                Self::Applied { version, status },
                Self::Applied {
                    version: other_version,
                    status: other_status,
                },
            )
            | (
                Self::Unchanged { version, status },
                Self::Unchanged {
                    version: other_version,
                    status: other_status,
                },
            ) => version == other_version && same(status, other_status),
            (
                Self::Rejected { version, kind },
                Self::Rejected {
                    version: other_version,
                    kind: other_kind,
                },
            ) => kind == other_kind && same(version, other_version),
            _ => self == other,
        }
    }
}

/// All invocations of all clients, in any order.
#[derive(Clone, Default, Debug)]
pub struct History {
    pub(crate) invocations: Vec<Invocation>,
}

impl History {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an invocation. One that was begun must be added, answered or not: an operation the
    /// history doesn't know can't explain what it did.
    pub fn push(&mut self, invocation: Invocation) {
        self.invocations.push(invocation);
    }

    /// The invocations, in the order they were added.
    pub fn invocations(&self) -> &[Invocation] {
        &self.invocations
    }

    /// Whether one order explains it, stream by stream.
    pub fn check(&self, budget: Budget) -> Report {
        crate::report::check(self, budget)
    }
}

impl Extend<Invocation> for History {
    fn extend<T: IntoIterator<Item = Invocation>>(&mut self, invocations: T) {
        self.invocations.extend(invocations);
    }
}
