//! The states of an incident, as the export names them.

use super::row::Row;

/// Where an incident stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    New,
    Active,
    Awaiting(Awaiting),
    Resolved,
    Closed,
}

/// What Docket's ticket then waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Awaiting {
    Customer,
    Vendor,
    Evidence,
    Other,
}

impl State {
    /// The row's state; `None` if it names none or one that Docket has nothing for.
    pub(super) fn of(row: &Row) -> Option<Self> {
        Some(match row.get("incident_state")? {
            "New" => Self::New,
            "Active" | "In Progress" => Self::Active,
            "Awaiting User Info" | "Awaiting Caller" => Self::Awaiting(Awaiting::Customer),
            "Awaiting Vendor" => Self::Awaiting(Awaiting::Vendor),
            "Awaiting Evidence" => Self::Awaiting(Awaiting::Evidence),
            "Awaiting Problem" | "Awaiting Change" | "On Hold" => Self::Awaiting(Awaiting::Other),
            "Resolved" => Self::Resolved,
            "Closed" => Self::Closed,
            _ => return None,
        })
    }

    pub(super) const fn is_solved(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

impl Awaiting {
    /// As the body of `hold` has it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Vendor => "vendor",
            Self::Evidence => "evidence",
            Self::Other => "other",
        }
    }
}
