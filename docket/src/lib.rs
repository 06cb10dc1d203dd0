//! The all-in-one: every Docket service in one process, the importer, and what explains routing.

pub mod all_in_one;
pub mod cli;
pub mod import;
pub mod route;
