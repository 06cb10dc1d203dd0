//! What has happened to a customer.

use super::command::{ContactChange, PreferencesChange, Registration};

/// A fact; never refused, never changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CustomerEvent {
    /// They are a customer.
    Registered(Box<Registration>),
    /// Who they are and how to reach them was corrected; only what really changes.
    ContactChanged(Box<ContactChange>),
    /// How they want to be served; only what really changes.
    PreferencesChanged(PreferencesChange),
    /// Everything personal of them is gone: whoever keeps any of it drops it now, and the key it is
    /// sealed under is destroyed.
    Erased,
}
