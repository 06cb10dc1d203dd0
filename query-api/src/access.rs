//! Who may see what: the whole table.
//!
//! | role | tickets | of a ticket | of a timeline | consultants | customers | catalogue | queue | routing | surveys |
//! |---|---|---|---|---|---|---|---|---|---|
//! | customer | its own | all but [`HIDDEN`] | public entries, without who among the staff | none | itself | all | none | none | none |
//! | consultant | all | everything | everything | all | those it has a ticket of that is not solved | all | none | of tickets that it has, or that a router gave it | about its own work |
//! | manager, administrator, service | all | everything | everything | all | all | all | all | all | all |
//! | everybody else | all | everything | everything | all | all | all | all | all | none |
//!
//! A score is about somebody: those who lead them, and they themselves, see it.
//!
//! What a caller may not see doesn't exist for it: 404, never 403, so that nobody can find out by
//! asking.

use docket_service::{Caller, Role};
use serde_json::{Map, Value};
use sqlx::{Postgres, QueryBuilder};
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

    /// Whether it sees who works here.
    pub(crate) const fn consultants(self) -> bool {
        matches!(self, Self::All)
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

/// Which customers a caller sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SeesCustomers {
    /// Every one.
    All,
    /// Itself.
    Itself(Uuid),
    /// Those of the tickets that this consultant has to work on.
    AtWork(Uuid),
}

impl SeesCustomers {
    pub(crate) const fn of(caller: &Caller) -> Self {
        match caller.role {
            Role::Customer => Self::Itself(caller.actor_id),
            Role::Consultant => Self::AtWork(caller.actor_id),
            Role::Receptionist
            | Role::StoreStaff
            | Role::Manager
            | Role::Administrator
            | Role::Service
            | Role::Importer => Self::All,
        }
    }

    /// Leaves those of `customer` (as `c`), as one condition more.
    pub(crate) fn only(self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::All => {}
            Self::Itself(own) => {
                sql.push(" AND c.id = ").push_bind(own);
            }
            Self::AtWork(consultant) => {
                sql.push(" AND c.id IN (SELECT w.customer FROM ticket w WHERE w.assignee = ")
                    .push_bind(consultant)
                    .push(" AND w.status IN ('assigned', 'in_progress', 'on_hold'))");
            }
        }
    }
}

/// Whose decisions of routers a caller sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SeesRouting {
    /// All, and the queue.
    All,
    /// Those on tickets that this consultant has or was given.
    Own(Uuid),
    /// None.
    Nothing,
}

impl SeesRouting {
    pub(crate) const fn of(caller: &Caller) -> Self {
        match caller.role {
            Role::Customer => Self::Nothing,
            Role::Consultant => Self::Own(caller.actor_id),
            Role::Receptionist
            | Role::StoreStaff
            | Role::Manager
            | Role::Administrator
            | Role::Service
            | Role::Importer => Self::All,
        }
    }

    /// Whether the decisions on a ticket that these have or were given exist for it.
    pub(crate) fn ticket_of(self, consultants: &[Uuid]) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => consultants.contains(&own),
            Self::Nothing => false,
        }
    }
}

/// Whose surveys a caller sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SeesSurveys {
    /// All.
    All,
    /// Those about what this consultant did.
    Own(Uuid),
    /// None.
    Nothing,
}

impl SeesSurveys {
    pub(crate) const fn of(caller: &Caller) -> Self {
        match caller.role {
            Role::Manager | Role::Administrator | Role::Service => Self::All,
            Role::Consultant => Self::Own(caller.actor_id),
            Role::Customer | Role::Receptionist | Role::StoreStaff | Role::Importer => {
                Self::Nothing
            }
        }
    }

    /// Leaves those of `survey` (as `s`), as one condition more.
    pub(crate) fn only(self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::All => {}
            Self::Own(consultant) => {
                sql.push(" AND s.consultant = ").push_bind(consultant);
            }
            Self::Nothing => {
                sql.push(" AND false");
            }
        }
    }
}
