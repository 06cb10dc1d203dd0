//! What a stream is called.

use std::fmt;

use crate::ids::{PersonId, SurveyId, TicketId};

/// A stream's id; written out it is the record's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StreamId {
    /// `ticket-<uuid>`.
    Ticket(TicketId),
    /// `consultant-<uuid>`.
    Consultant(PersonId),
    /// `customer-<uuid>`.
    Customer(PersonId),
    /// `survey-<uuid>-<n>`: of the ticket's n-th closing.
    Survey(SurveyId),
    /// `catalogue`.
    Catalogue,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(id) => write!(f, "ticket-{id}"),
            Self::Consultant(id) => write!(f, "consultant-{id}"),
            Self::Customer(id) => write!(f, "customer-{id}"),
            Self::Survey(id) => write!(f, "survey-{id}"),
            Self::Catalogue => f.write_str("catalogue"),
        }
    }
}
