//! Docket under attack: real command APIs on a real Kafka, under a steady load, while processes are
//! killed, frozen, restarted and joined, and a check from outside of everything that was answered.
//!
//! Nothing here is part of a service. The binary `chaos` is for people and CI; `bench` uses
//! [`Brokers`], [`Cluster`], [`Front`] and [`Load`].

pub mod answer;
pub mod ask;
pub mod brokers;
pub mod check;
pub mod cluster;
pub mod faults;
pub mod front;
pub mod judge;
pub mod load;
pub mod newer;
pub mod old;
mod outages;
pub mod random;
pub mod replica;
pub mod report;
pub mod schedule;
pub mod settle;
pub mod site;
pub mod snapshots;
pub mod steps;
pub mod tail;

pub use brokers::Brokers;
pub use cluster::{Cluster, ClusterConfig};
pub use front::Front;
pub use load::{Load, LoadConfig, Samples};
pub use replica::Replica;
