//! The query API over HTTP on real Postgres: what it shows of rows, to whom, and what it refuses.

mod access;
mod lists;
mod parameters;
mod past;
mod positions;
mod projected;
mod setting;
mod timelines;
