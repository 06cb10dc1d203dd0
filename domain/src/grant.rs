//! Who may do something to a person's stream, by role or because it is their own.

use crate::actor::{Actor, Role};
use crate::ids::PersonId;

/// Somebody who may do something.
#[derive(Clone, Copy)]
pub(crate) enum Grant {
    /// Anybody in that role.
    Any(Role),
    /// The person itself, acting in that role.
    Itself(Role),
}

impl Grant {
    pub(crate) fn covers(self, actor: Actor, person: PersonId) -> bool {
        match self {
            Self::Any(role) => actor.role == role,
            Self::Itself(role) => actor.role == role && actor.id == person,
        }
    }
}
