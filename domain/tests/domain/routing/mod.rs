//! Routing: who gets a ticket and why, that nobody gets what they must not, and that the fast way
//! to decide is the plain one.

mod fairness;
mod filters;
mod index;
mod properties;
mod queue;
mod scores;
mod worlds;
