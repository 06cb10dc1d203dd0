//! Why a command was refused.

use jiff::Timestamp;

use crate::actor::Role;
use crate::command::{CommandContext, CommandName};
use crate::ids::PersonId;
use crate::stream::AnyCommandName;
use crate::ticket::StatusName;

/// A refusal by the domain. Small and closed, because refusals are written into the log (a retried
/// command gets its first answer from any replica).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejection {
    /// The role may not do this, or only to tickets and people it has to do with.
    #[error("the role {} does not permit `{command}` here", role.as_str())]
    Forbidden {
        /// Who asked.
        role: Role,
        /// For what.
        command: AnyCommandName,
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
    #[error("it is at version {actual}, not {expected}")]
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
    /// As many of these as there may be.
    #[error("there may be {max} {what} at most")]
    Full {
        /// Of what, in the plural.
        what: Countable,
        /// How many there may be.
        max: u32,
    },
    /// There is no such consultant or customer.
    #[error("nobody is registered under that id")]
    NotRegistered,
    /// The id is taken by a consultant or customer of whom something else is known.
    #[error("somebody is registered under that id, with other details")]
    AlreadyRegistered,
    /// The consultant works no more; only registering them again changes that.
    #[error("the consultant has retired")]
    Retired,
    /// Everything personal of the customer is gone, for good.
    #[error("the customer's data has been erased")]
    Erased,
    /// There is no such survey: nobody was asked about that closing of that ticket.
    #[error("nobody was invited to that survey")]
    NotInvited,
    /// The customer was asked already, with other details.
    #[error("the survey's customer was invited already, with other details")]
    AlreadyInvited,
    /// There is an answer, and it is another one.
    #[error("the survey was answered already, with another answer")]
    AlreadyAnswered,
    /// Too late to answer, or to ask.
    #[error("the survey could be answered until {expires_at}")]
    SurveyExpired {
        /// When that was over.
        expires_at: Timestamp,
    },
}

impl Rejection {
    /// What `authorize` says of a command that the actor may ask for, or may not.
    pub(crate) fn forbidden_unless(
        allowed: bool,
        context: &CommandContext,
        command: impl Into<AnyCommandName>,
    ) -> Result<(), Self> {
        if allowed {
            return Ok(());
        }
        Err(Self::Forbidden {
            role: context.actor.role,
            command: command.into(),
        })
    }

    /// That there is no room for another.
    pub(crate) const fn full(what: Countable, max: usize) -> Self {
        Self::Full {
            what,
            max: max as u32,
        }
    }
}

/// What there is a bounded number of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Countable {
    Fields,
    Skills,
    Parts,
    Entries,
    Links,
    Areas,
    Languages,
    Shifts,
    CatalogueEntries,
}

impl std::fmt::Display for Countable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fields => "fields",
            Self::Skills => "skills",
            Self::Parts => "parts in one entry of work",
            Self::Entries => "comments and entries of work",
            Self::Links => "links",
            Self::Areas => "areas",
            Self::Languages => "languages",
            Self::Shifts => "shifts in a week",
            Self::CatalogueEntries => "entries in the catalogue",
        })
    }
}
