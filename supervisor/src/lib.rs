//! Starts and stops a private Postgres and a private Kafka.
//!
//! The all-in-one and every test use the same code. What it promises:
//!
//! * a server dies with the process that started it, even when that one is killed with `-9`;
//! * what a server acknowledged is still there when it is started again on the same directory;
//! * a second instance on a directory is refused, not corrupted;
//! * it works as root and as an ordinary user, and an error says what is wrong and what to do.
//!
//! Everything here blocks (starting takes about a second): in async code call it from
//! `tokio::task::spawn_blocking`. The functions in [`testing`] do that themselves.

mod error;
pub mod kafka;
mod lock;
pub mod postgres;
mod process;
pub mod testing;
mod user;

pub use error::Error;
pub use kafka::{Kafka, KafkaConfig};
pub use postgres::{Postgres, PostgresConfig};
pub use process::{Program, Supervised};
