//! Who sends a command, and in which role.

use crate::ids::PersonId;

/// Who acts. The id is made of the token's issuer and subject, so it names nobody to a stranger.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor {
    /// The person (or service) itself.
    pub id: PersonId,
    /// The one role in which it acts now.
    pub role: Role,
}

/// What an actor may do follows from its role and from what it has to do with the ticket; see
/// [`authorize`](crate::authorize).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Opens and follows own tickets.
    Customer,
    /// Takes calls and opens tickets for others.
    Receptionist,
    /// Opens tickets for customers in a store.
    StoreStaff,
    /// Works the tickets assigned to it.
    Consultant,
    /// Assigns, moves and overrides.
    Manager,
    /// A manager who also keeps the catalogue.
    Administrator,
    /// A process manager: router, closer, inviter, or an integration.
    Service,
    /// Brings history from another system, with its own times.
    Importer,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::Customer,
        Self::Receptionist,
        Self::StoreStaff,
        Self::Consultant,
        Self::Manager,
        Self::Administrator,
        Self::Service,
        Self::Importer,
    ];

    /// The role as it is written in tokens, records and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Receptionist => "receptionist",
            Self::StoreStaff => "store_staff",
            Self::Consultant => "consultant",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
            Self::Service => "service",
            Self::Importer => "importer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}
