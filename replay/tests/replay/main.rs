//! `replay` on real logs and databases.
#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers fail like the test itself"
)]

mod audit;
mod damage;
mod logs;
mod redrive;
mod route;
mod shop;
mod story;
