//! The all-in-one: every Docket service in one process, a day in the shop to try it with, the importer,
//! and what explains routing.

pub mod all_in_one;
pub mod cli;
pub mod demo;
pub mod import;
pub mod route;
