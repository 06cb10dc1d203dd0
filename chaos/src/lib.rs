//! Replicas of the command API on real Kafka, under load and under faults.
