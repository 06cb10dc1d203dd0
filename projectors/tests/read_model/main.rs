//! The read model on real Postgres: what stands in its tables after whatever may happen to it.

mod faults;
mod once;
mod poison;
mod random;
mod setting;
mod stories;
