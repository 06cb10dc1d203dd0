//! The log: compare-and-append without a leader, on plain Kafka, on Postgres, in memory.
//!
//! The log itself decides which append wins: a record is valid if and only if its `previous`
//! equals the `hash` of the last valid record of its partition ([`chain`]). A writer sends
//! records that extend the head it decided on and learns by *reading* whether they won
//! ([`PartitionWriter`]); everybody else reads the same thing ([`Reader`]). No lease, no epoch, no
//! clock and no transaction is needed for safety. The idea is Tango's (SOSP 2013), with a hash
//! chain as the compare.

mod config;
mod cursor;
mod error;
mod hash;
mod port;
mod reader;
mod record;
mod writer;

pub mod chain;
pub mod packed;

pub mod faults;
pub mod kafka;
pub mod memory;
pub mod postgres;

mod genesis;
mod random;

pub use config::{LogConfig, open, open_when_there};
pub use cursor::{Cursor, Head, Incarnation, LogId, Partition, Place, Sequence};
pub use error::{Damage, Error, Setting, Source};
pub use hash::Hash;
pub use kafka::KafkaConfig;
pub use port::{EventLog, Log, LogIdentity, RawEntry, RawReader};
pub use postgres::PostgresConfig;
pub use reader::{Batch, Noise, NoiseReason, Reader};
pub use record::{Draft, Record};
pub use writer::{PartitionWriter, Settled, Step, WriterConfig};
