//! Why a command was refused.

use jiff::Timestamp;

use crate::actor::Role;
use crate::command::CommandName;
use crate::ids::PersonId;
use crate::ticket::StatusName;

/// A refusal by the domain. Small and closed, because refusals are written into the log (a retried
/// command gets its first answer from any replica).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// The role may not do this, or only to tickets it has to do with.
    #[error("the role {} does not permit `{}` here", role.as_str(), command.as_str())]
    Forbidden {
        /// Who asked.
        role: Role,
        /// For what.
        command: CommandName,
    },
    /// There is no such ticket.
    #[error("there is no such ticket")]
    NotFound,
    /// The id is taken by a ticket that another command opened.
    #[error("a ticket of that id has been opened already")]
    AlreadyOpened,
    /// The status doesn't allow it; what it allows is [`allowed_in`](crate::decide::allowed_in).
    #[error("a ticket that is {} does not take {}", status.as_str(), command.as_str())]
    NotAllowed {
        /// What was asked.
        command: CommandName,
        /// Where the ticket stands.
        status: StatusName,
    },
    /// The sender decided on another version.
    #[error("the ticket is at version {actual}, not {expected}")]
    Stale {
        /// The version the sender named.
        expected: u32,
        /// The version it has.
        actual: u32,
    },
    /// The consultant declined this ticket before; only a manager may insist.
    #[error("consultant {consultant} declined this ticket")]
    DeclinedBefore {
        /// Who declined.
        consultant: PersonId,
    },
    /// Too late to reopen.
    #[error("the ticket could be reopened until {until}")]
    ReopenWindowOver {
        /// When the window ended.
        until: Timestamp,
    },
    /// A business time the actor may not state.
    #[error("a {} may not state a time before {earliest} or after {latest}", role.as_str())]
    TimeNotAllowed {
        /// Who stated it.
        role: Role,
        /// The earliest allowed.
        earliest: Timestamp,
        /// The latest allowed.
        latest: Timestamp,
    },
    /// A ticket can't be linked to itself.
    #[error("a ticket can't be linked to itself")]
    LinkToItself,
    /// The ticket has as many of these as it takes.
    #[error("the ticket has as many {what} as it takes ({max})")]
    Full {
        /// Of what, in the plural.
        what: Countable,
        /// How many it takes.
        max: u32,
    },
}

impl Rejection {
    /// That there is no room for another.
    pub(crate) const fn full(what: Countable, max: usize) -> Self {
        Self::Full {
            what,
            max: max as u32,
        }
    }
}

/// What a ticket holds a bounded number of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Countable {
    Fields,
    Skills,
    Parts,
    Entries,
    Links,
}

impl std::fmt::Display for Countable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fields => "fields",
            Self::Skills => "skills",
            Self::Parts => "parts in one entry of work",
            Self::Entries => "comments and entries of work",
            Self::Links => "links",
        })
    }
}
