//! The command API: takes commands over HTTP, decides them on what the log says, appends what
//! comes of it, and answers when the log has it.
//!
//! Nothing but this appends to the log. Any number of command APIs run on one log: each tails
//! every partition, and the log itself decides whose append wins. Guarantees:
//!
//! * an answer rests on a record of ours that was read back valid, refusals included;
//! * a command repeated with its key gets its first outcome, from any replica, after any crash;
//! * what is refused for want of room or time says whether it was done: "not done", or "unknown,
//!   repeat with the same key".

pub mod api;
pub mod config;
pub mod docs;
pub mod process;

mod command_id;
mod forward;
mod http;
mod partition;
#[cfg(test)]
mod simulation;
mod snapshot;
mod wire;

pub use api::{CommandApi, Error};
pub use config::CommandConfig;
