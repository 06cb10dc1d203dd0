//! Request bodies: what clients send, from bytes to a command of the domain.
//!
//! Guarantee: a body that can't be a command is refused here, with every faulty field named at
//! once, and never reaches the log; one that passes has a canonical form, in which white space and
//! the order of members don't show, for telling a repeated command from another one.

pub(crate) mod bodies;
mod check;
mod command;
mod object;
mod parse;
pub(crate) mod values;

pub(crate) use check::Fault;
pub(crate) use command::{Ids, Stated, body_of};
pub(crate) use parse::{BODY, BadBody, tolerant};
