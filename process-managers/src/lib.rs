//! Process managers: each tails the log, folds what it needs in memory, and sends commands like
//! any other client. None of them needs a view, so they go on when Postgres is down. So far there
//! is the [`router`].

pub mod router;

pub mod commands;
pub mod fact;
pub mod tail;
mod words;
