//! Process managers: each tails the log, folds what it needs in memory, and sends commands like
//! any other client. None of them needs a view, so they go on when Postgres is down.
//!
//! The [`router`] gives waiting tickets to consultants, the [`closer`] closes what has been resolved
//! for long enough, the [`inviter`] asks customers how it went. [`manager`] is the loop that they
//! share; each has its own, so that none waits for another.

pub mod closer;
pub mod inviter;
pub mod router;

pub mod manager;

pub mod commands;
pub mod fact;
mod start;
pub mod tail;

mod agenda;
mod tickets;
mod words;

#[cfg(test)]
mod desk;

pub use start::{Handles, Managers, start};
