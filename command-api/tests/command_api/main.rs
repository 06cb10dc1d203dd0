//! The command API over HTTP, on real logs: Postgres and Kafka, started by the tests themselves.

mod bad_input;
mod bulk;
mod catalogue;
mod consultants;
mod customers;
mod faults;
mod lifecycle;
mod owners;
mod process;
mod race;
mod routed;
mod snapshots;
mod story;
mod support;
mod surveys;
