//! The views on real Postgres: what stands in their tables after whatever may happen to them. How
//! they follow the log is shown on the read model.

mod faults;
mod once;
mod outbox;
mod outbox_fold;
mod outbox_people;
mod people;
mod poison;
mod random;
mod random_people;
mod redrive;
mod routing;
mod routing_fold;
mod setting;
mod stories;
mod surveys;
