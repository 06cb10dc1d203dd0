//! What every Docket process shares at its edges: configuration, tokens, survey links, problem documents,
//! positions, logs, metrics, traces, health, and an orderly end.
//!
//! It knows neither the domain nor the log, so that the query API can use all of it.

pub mod auth;
pub mod config;
pub mod extract;
pub mod health;
pub mod openapi;
pub mod position;
pub mod problem;
pub mod server;
pub mod shutdown;
pub mod survey_link;
pub mod survey_page;
pub mod telemetry;

pub use auth::{Caller, Role};
pub use extract::{Json, Path, Query};
pub use position::Position;
pub use problem::Problem;
pub use shutdown::Shutdown;
