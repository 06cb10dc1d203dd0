//! A ticket's state: what [`decide`](crate::decide()) reads, and nothing else.

mod fields;

use jiff::Timestamp;

use crate::command::{Awaiting, Priority, Relation};
use crate::ids::{PersonId, TicketId};
use crate::text::Label;
use crate::ticket_number::TicketNumber;

pub use fields::Fields;

/// A ticket as the log has it. The initial state is [`Ticket::Unopened`].
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Ticket {
    /// No event yet.
    #[default]
    Unopened,
    /// Some events.
    Opened(Box<TicketState>),
}

/// What is kept of an opened ticket (the budget is 1 KiB: texts are kept as digests).
#[derive(Clone, PartialEq, Debug)]
pub struct TicketState {
    /// How many events the stream has; the ETag.
    pub version: u32,
    /// Its number.
    pub number: TicketNumber,
    /// Who opened it.
    pub reporter: PersonId,
    /// Whose it is, if they have an account.
    pub customer: Option<PersonId>,
    /// The team that works it.
    pub team: Option<Label>,
    /// Where it stands.
    pub status: Status,
    /// Who declined it and must not be offered it again, unless it is another matter by now: it came
    /// back, went to a team, or asks for something else.
    pub declined: Vec<PersonId>,
    /// How often it came back.
    pub reopen_count: u32,
    /// The highest sequence of the system it comes from.
    pub source_sequence: Option<u64>,
    /// The running maximum of business time, so that "as of" never runs backwards.
    pub as_of: Timestamp,
    /// Whether the consultant is under way or there, since the ticket last changed hands or came
    /// back.
    pub visit: Visit,
    /// What it has to do with others.
    pub links: Vec<(TicketId, Relation)>,
    /// Ids of comments and entries of work, to know a repeat.
    pub entries: Vec<uuid::Uuid>,
    /// What it says, to know an amendment that changes nothing.
    pub content: Content,
}

/// What the ticket says, as far as needed to see whether an amendment changes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Content {
    /// Digest of the subject.
    pub subject: Digest,
    /// Digest of the description, if there is one.
    pub description: Option<Digest>,
    /// The category.
    pub category: Option<Label>,
    /// The skills.
    pub skills: Vec<Label>,
    /// The priority.
    pub priority: Priority,
    /// Digest of the place, if there is one.
    pub place: Option<Digest>,
    /// Digests of the free fields' values.
    pub fields: Fields,
}

impl Content {
    /// What a consultant is chosen by; whoever declined the ticket declined this.
    pub(crate) fn asks_for(&self) -> (Option<Label>, Vec<Label>, Priority, Option<Digest>) {
        let Self {
            category,
            skills,
            priority,
            place,
            ..
        } = self;
        (category.clone(), skills.clone(), *priority, *place)
    }
}

/// A 64-bit digest that is the same in every process and version (FNV-1a): it only saves the
/// memory of the text itself, and no guarantee rests on it but "an amendment that changes
/// nothing is not recorded".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(pub u64);

/// Where a ticket stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Status {
    /// Waits for somebody to work it.
    Open,
    /// Given to a consultant.
    Assigned {
        /// Who is to work it.
        consultant: PersonId,
    },
    /// Being worked.
    InProgress {
        /// Who works it.
        consultant: PersonId,
    },
    /// Waits for somebody or something else.
    OnHold {
        /// For whom or what.
        awaiting: Awaiting,
        /// Where it was before.
        was: Assignment,
    },
    /// Solved.
    Resolved {
        /// How.
        code: Label,
        /// Who worked it, if anybody.
        consultant: Option<PersonId>,
    },
    /// Over.
    Closed {
        /// How it was solved.
        code: Label,
        /// Who worked it, if anybody.
        consultant: Option<PersonId>,
        /// Until when it may come back.
        reopen_until: Timestamp,
    },
    /// Given up, for good.
    Cancelled,
}

/// Who has the ticket while it is not solved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignment {
    /// Nobody.
    Nobody,
    /// A consultant who has not accepted yet.
    Assigned(PersonId),
    /// A consultant who works it.
    InProgress(PersonId),
}

/// How far the consultant's visit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visit {
    /// Not set out.
    None,
    /// Under way.
    Travelling,
    /// There.
    Arrived,
}

/// The statuses' names, for tables, refusals and queries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on Status")]
pub enum StatusName {
    Open,
    Assigned,
    InProgress,
    OnHold,
    Resolved,
    Closed,
    Cancelled,
}

impl StatusName {
    /// Every status, for tables and tests.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Assigned,
        Self::InProgress,
        Self::OnHold,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The status as it stands in answers and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl Status {
    /// Its name.
    pub const fn name(&self) -> StatusName {
        match self {
            Self::Open => StatusName::Open,
            Self::Assigned { .. } => StatusName::Assigned,
            Self::InProgress { .. } => StatusName::InProgress,
            Self::OnHold { .. } => StatusName::OnHold,
            Self::Resolved { .. } => StatusName::Resolved,
            Self::Closed { .. } => StatusName::Closed,
            Self::Cancelled => StatusName::Cancelled,
        }
    }

    /// Whoever has the ticket, or had it when it was solved.
    pub const fn consultant(&self) -> Option<PersonId> {
        match self {
            Self::Assigned { consultant } | Self::InProgress { consultant } => Some(*consultant),
            Self::OnHold { was, .. } => was.consultant(),
            Self::Resolved { consultant, .. } | Self::Closed { consultant, .. } => *consultant,
            Self::Open | Self::Cancelled => None,
        }
    }
}

impl Assignment {
    /// Whoever has it.
    pub const fn consultant(self) -> Option<PersonId> {
        match self {
            Self::Nobody => None,
            Self::Assigned(consultant) | Self::InProgress(consultant) => Some(consultant),
        }
    }
}

impl From<Assignment> for Status {
    fn from(assignment: Assignment) -> Self {
        match assignment {
            Assignment::Nobody => Self::Open,
            Assignment::Assigned(consultant) => Self::Assigned { consultant },
            Assignment::InProgress(consultant) => Self::InProgress { consultant },
        }
    }
}

impl Ticket {
    /// The stream version: how many events there are.
    pub fn version(&self) -> u32 {
        match self {
            Self::Unopened => 0,
            Self::Opened(state) => state.version,
        }
    }
}

impl TicketState {
    /// Raises the highest sequence seen of the system the ticket comes from. Events do it by being
    /// folded; whoever folds the log does it for refusals too, so that an import that is run again
    /// never applies what was refused the first time.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        self.source_sequence = self.source_sequence.max(sequence);
    }
}
