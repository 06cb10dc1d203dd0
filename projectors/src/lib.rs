//! Projectors: folds of the log into views in Postgres, each with its own schema, checkpoint and
//! pace. One that fails or lags delays no other. So far there is [`read_model`].

pub mod read_model;
