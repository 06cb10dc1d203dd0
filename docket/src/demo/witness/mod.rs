//! Two witnesses of a run: the log, and what the queries say. Neither knows of the other, nor what
//! was planned; both know the run by its team alone.

mod log;
mod queries;

pub(super) use log::Log;
pub(super) use queries::{Queries, micros};
