//! The operator's tool: reads the log, and says what is in it and whether it is whole; makes routers'
//! decisions again; sets going again what was given up.
//!
//! [`audit`] is the history of one ticket, [`route`] what routers decided and what other rules would
//! have, and [`redrive`] what views have parked and what could not be delivered.

pub mod audit;
pub mod redrive;
pub mod route;

pub mod cli;
mod progress;
