//! The all-in-one: every Docket service in one process, and the importer.

pub mod import;
