//! Who may see what: the whole table.
//!
//! | role | tickets | of a ticket | of a timeline |
//! |---|---|---|---|
//! | customer | its own | all but [`HIDDEN`] | public entries, without who among the staff |
//! | everybody else | all | everything | everything |
//!
//! What a caller may not see doesn't exist for it: 404, never 403, so that nobody can find out by
//! asking.

use docket_service::{Caller, Role};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The fields that are the staff's own business.
pub(crate) const HIDDEN: [&str; 7] = [
    "reporter",
    "team",
    "assignee",
    "skills",
    "reassignment_count",
    "assignment_count",
    "origin",
];

/// What a caller sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sees {
    /// Everything.
    All,
    /// The tickets whose customer it is, as a customer sees them.
    Own(Uuid),
}

impl Sees {
    pub(crate) const fn of(caller: &Caller) -> Self {
        match caller.role {
            Role::Customer => Self::Own(caller.actor_id),
            Role::Receptionist
            | Role::StoreStaff
            | Role::Consultant
            | Role::Manager
            | Role::Administrator
            | Role::Service
            | Role::Importer => Self::All,
        }
    }

    /// Whether a ticket of that customer exists for it.
    pub(crate) fn ticket_of(self, customer: Option<Uuid>) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => customer == Some(own),
        }
    }

    /// Whether it sees entries that are not public.
    pub(crate) const fn internal(self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether it sees that field of a ticket. What it doesn't see it can't search by either:
    /// a list that gets shorter would tell.
    pub(crate) fn field(self, name: &str) -> bool {
        self == Self::All || !HIDDEN.contains(&name)
    }

    /// A ticket's fields, or those an event changed, as far as it may see them.
    pub(crate) fn fields(self, fields: &mut Map<String, Value>) {
        fields.retain(|name, _| self.field(name));
    }

    /// What an event says, as far as it may see it.
    pub(crate) fn data(self, data: &mut Map<String, Value>) {
        if self != Self::All {
            data.remove("consultant");
        }
    }

    /// Whether it may know who did something: staff stay nameless to customers.
    pub(crate) fn actor(self, actor: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => actor == own,
        }
    }
}
