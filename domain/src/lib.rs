//! The domain of Docket: what a ticket is, who may do what to it, and what happens then; and the
//! same of [consultants](consultant), [customers](customer), [surveys](survey) and the [catalogue].
//! [`stream`] is all of them in one.
//!
//! Pure Rust: no I/O, no clock, no randomness, no serde. [`authorize`], [`decide()`] and [`evolve`]
//! are total functions of their arguments, so every replica, every replay and every test comes to
//! the same answer. Ids and times come in with the command.
//!
//! The decider's shape (`decide`, `evolve`, initial state) is Jérémie Chassaing's "functional
//! event sourcing decider".

pub mod ids;
pub mod text;

pub mod actor;
pub mod command;
pub mod event;
pub mod rejection;
pub mod ticket;
pub mod ticket_number;

mod authorize;
pub mod decide;
mod digest;
mod evolve;

pub mod catalogue;
pub mod consultant;
pub mod customer;
pub mod routing;
pub mod stream;
pub mod survey;

mod grant;
mod history;
mod preconditions;

pub use actor::{Actor, Role};
pub use authorize::authorize;
pub use command::{CommandContext, CommandName, TicketCommand};
pub use decide::decide;
pub use event::{EventContext, TicketEvent};
pub use evolve::evolve;
pub use history::History;
pub use rejection::Rejection;
pub use ticket::{Assignment, Status, StatusName, Ticket, TicketState};
pub use ticket_number::{InvalidNumber, TicketNumber};

/// A moment in UTC. The domain never asks what time it is: moments come in with commands.
pub use jiff::Timestamp;
