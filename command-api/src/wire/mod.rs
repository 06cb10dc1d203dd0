//! Request bodies: what clients send, from bytes to a command of the domain.
//!
//! Guarantee: a body that can't be a command is refused here, with every faulty field named at
//! once, and never reaches the log; one that passes has a canonical form, in which white space and
//! the order of members don't show, for telling a repeated command from another one.

pub(crate) mod bodies;
mod catalogue;
mod check;
mod command;
mod consultant;
mod customer;
mod hours;
mod object;
mod parse;
mod place;
mod survey;
mod ticket;
pub(crate) mod values;
mod whose;

pub(crate) use check::Fault;
pub(crate) use command::{Addressed, Asker, Stated, body_of};
pub(crate) use parse::{BODY, BadBody, tolerant};
pub(crate) use whose::{NOBODY, whose};
