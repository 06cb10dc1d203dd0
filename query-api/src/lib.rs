//! The query API: tickets as they are and as they were, their timelines, lists and search;
//! consultants, customers and the catalogue; the queue, and how routers decided; surveys.
//!
//! Reads the views in Postgres and nothing else: it depends neither on the log nor on
//! deciding, and a query never waits for a command. Guarantees:
//!
//! * a customer sees its own tickets and nothing that staff say among themselves, and nobody sees
//!   customers or scores who has nothing to do with them (the table is in `access.rs`);
//! * a ticket as of a version or a time is what a query at that moment would have shown;
//! * with `Docket-Min-Position`, an answer shows at least what the position stands for, or says
//!   how far the view is.

mod access;
mod as_of;
mod catalogue;
mod config;
mod consultants;
mod customers;
mod http;
mod list;
mod parameters;
mod position;
mod problems;
mod routing;
mod store;
mod summary;
mod surveys;
mod ticket;
mod tickets;
mod timeline;
mod turns;

pub mod api;

pub use api::QueryApi;
pub use config::{QueryConfig, RoutingSource, SurveySource};
