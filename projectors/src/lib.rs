//! Projectors: folds of the log into views in Postgres, each with its own schema, checkpoint and
//! pace. One that fails or lags delays no other. [`projector`] is what they share.

pub mod outbox;
pub mod projector;
pub mod read_model;
pub mod routing;
pub mod survey;
