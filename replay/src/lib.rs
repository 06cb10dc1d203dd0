//! The operator's tool: reads the log, and says what is in it and whether it is whole.
//!
//! So far there is [`audit`], the history of one ticket. It only reads.

pub mod audit;
pub mod cli;
mod progress;
