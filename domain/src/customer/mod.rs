//! Customers: how to reach them, and how they want to be served. Nearly all of it is personal, and
//! may be erased.

mod authorize;
mod command;
mod contact;
mod decide;
mod event;
mod evolve;
mod state;

pub use authorize::authorize;
pub use command::{
    ContactChange, CustomerCommand, CustomerCommandName, NotificationChannel, Preferences,
    PreferencesChange, Registration,
};
pub use contact::{Email, InvalidEmail, InvalidPhone, Phone};
pub use decide::decide;
pub use event::CustomerEvent;
pub use evolve::evolve;
pub use state::{Customer, CustomerState};
