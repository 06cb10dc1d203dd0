//! The all-in-one: every Docket service in one process, and the importer.

pub mod all_in_one;
pub mod cli;
pub mod import;
