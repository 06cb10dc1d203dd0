//! Consultants: who they are and what they can, when and where they work. Whether a ticket goes to
//! one of them is the router's matter; what they have to do is in the tickets.

mod authorize;
mod command;
mod decide;
mod event;
mod evolve;
mod hours;
mod state;

pub use authorize::authorize;
pub use command::{
    AREAS_MAX, Availability, AvailabilityChange, ConsultantCommand, ConsultantCommandName,
    LANGUAGES_MAX, Level, Profile, ProfileChange, SHIFTS_MAX, SKILLS_MAX,
};
pub use decide::decide;
pub use event::ConsultantEvent;
pub use evolve::evolve;
pub use hours::{Duty, HORIZON_DAYS, Hours, InvalidZone, Shift, ZoneName};
pub use state::{Consultant, ConsultantState};
