//! Surveys: what a customer thinks of how a ticket was closed, asked once per closing.
//!
//! A stream of their own, apart from the ticket, so that nothing about surveys can hurt one: no
//! command of a ticket reads them, and an invitation or an answer that is refused, late or never
//! comes changes nothing about it.

mod authorize;
mod command;
mod decide;
mod digest;
mod event;
mod evolve;
mod state;

pub use authorize::authorize;
pub use command::{AskedBy, InvalidScore, Invitation, Score, SurveyCommand, SurveyCommandName};
pub use decide::decide;
pub use event::SurveyEvent;
pub use evolve::evolve;
pub use state::{AnsweredState, InvitedState, Survey};
