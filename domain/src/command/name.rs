//! The commands by name.

use super::TicketCommand;

/// The commands' names, for tables, refusals and metrics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on TicketCommand")]
pub enum CommandName {
    Open,
    Assign,
    Accept,
    Decline,
    Unassign,
    Transfer,
    Hold,
    Resume,
    Resolve,
    Close,
    Reopen,
    Cancel,
    Amend,
    AddComment,
    Link,
    StartTravel,
    Arrive,
    LogWork,
}

impl CommandName {
    /// Every command, for tables and tests.
    pub const ALL: [Self; 18] = [
        Self::Open,
        Self::Assign,
        Self::Accept,
        Self::Decline,
        Self::Unassign,
        Self::Transfer,
        Self::Hold,
        Self::Resume,
        Self::Resolve,
        Self::Close,
        Self::Reopen,
        Self::Cancel,
        Self::Amend,
        Self::AddComment,
        Self::Link,
        Self::StartTravel,
        Self::Arrive,
        Self::LogWork,
    ];

    /// The command as it stands in paths, bulk lines and refusals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assign => "assign",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Unassign => "unassign",
            Self::Transfer => "transfer",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Resolve => "resolve",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Cancel => "cancel",
            Self::Amend => "amend",
            Self::AddComment => "comments",
            Self::Link => "links",
            Self::StartTravel => "travel",
            Self::Arrive => "arrive",
            Self::LogWork => "work",
        }
    }

    /// The command of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }
}

impl TicketCommand {
    /// Its name.
    pub const fn name(&self) -> CommandName {
        match self {
            Self::Open(_) => CommandName::Open,
            Self::Assign { .. } => CommandName::Assign,
            Self::Accept => CommandName::Accept,
            Self::Decline { .. } => CommandName::Decline,
            Self::Unassign { .. } => CommandName::Unassign,
            Self::Transfer { .. } => CommandName::Transfer,
            Self::Hold { .. } => CommandName::Hold,
            Self::Resume => CommandName::Resume,
            Self::Resolve { .. } => CommandName::Resolve,
            Self::Close { .. } => CommandName::Close,
            Self::Reopen { .. } => CommandName::Reopen,
            Self::Cancel { .. } => CommandName::Cancel,
            Self::Amend(_) => CommandName::Amend,
            Self::AddComment { .. } => CommandName::AddComment,
            Self::Link { .. } => CommandName::Link,
            Self::StartTravel => CommandName::StartTravel,
            Self::Arrive => CommandName::Arrive,
            Self::LogWork { .. } => CommandName::LogWork,
        }
    }
}
