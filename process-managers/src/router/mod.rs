//! The router: gives waiting tickets to consultants.
//!
//! `world` is what the log says, [`plan`] what is to be sent for it and when, `process` reads
//! and sends. Any number of routers may run: one is active, the others stand by, and none ever
//! assigns what another has assigned (`docs/decisions/0009`).

mod config;
mod figures;
pub mod plan;
mod process;
pub(crate) mod world;

#[cfg(test)]
mod tests;

pub use config::{RouterConfig, Weights};
pub use process::{Handle, start};
