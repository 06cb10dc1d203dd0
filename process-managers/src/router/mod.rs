//! The router: gives waiting tickets to consultants.
//!
//! `world` is what the log says, [`plan`] what is to be sent for it and when; [`again`] makes recorded
//! decisions again. Any number of routers may run: one is active, the others stand by, and none ever
//! assigns what another has assigned (`docs/decisions/0009`).

pub(crate) mod world;

pub mod again;
pub mod plan;

mod process;

mod config;
mod duty;
mod figures;
mod timers;

#[cfg(test)]
mod tests;

pub use config::{RouterConfig, Weights};
pub use process::Router;
