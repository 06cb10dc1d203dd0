//! The read model on real Postgres: what stands in its tables after whatever may happen to it.

mod agreement;
mod faults;
mod once;
mod people;
mod poison;
mod random;
mod random_people;
mod setting;
mod stories;
