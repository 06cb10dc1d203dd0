//! What clients asked and were told, and whether one order of events explains all of it.
//!
//! A [`History`] holds every invocation that any client made and what each was answered, with the
//! moments between which it took effect. [`History::check`] looks, stream by stream, for one order
//! of the commands that respects real time and in which the real
//! [`authorize`](docket_domain::stream::authorize), [`decide`](docket_domain::stream::decide) and
//! [`evolve`](docket_domain::stream::evolve) give exactly the answers that were given: then the history is
//! *linearizable* (Herlihy and Wing 1990). The search is Wing and Gong's with Lowe's memory of what
//! was tried ("Testing for linearizability", 2017); the versions in the answers keep it nearly
//! linear, but nothing rests on their being right.
//!
//! What it guarantees: a violation is one, with an explanation; a pass means that an order was
//! found; and a search that ran out of its [`Budget`] is reported as undecided, never as either.
//!
//! # What a generator has to know
//!
//! - A retry or a hedge carries the same [`OperationId`] and asks the same.
//! - Where the server derives an id from the idempotency key (of a comment, of an entry of work),
//!   any id of the operation's own will do here. An opening's number and a closing's
//!   `reopen_until` are the server's too, and ignored.
//! - The checker doesn't know the server's clock. A refusal that some clock would explain
//!   (`reopen-window-over`, `time-not-allowed`, `survey-expired`) is accepted whenever that clock is possible, and so
//!   is an acceptance: these refusals prove little, so avoid them, by stating no times near the
//!   bounds and by reopening well within the window.
//! - Outcomes are kept for a day of record time (DESIGN §5): nothing may be repeated later.
//! - A loss shows by what comes after it. End each stream with one more command whose answer is
//!   waited for, a refused one included: a stale `expected_version` is always refused, with the
//!   version.
//! - Only what rests on the log belongs in an answer: what the API refuses before (a bad token, an
//!   invalid body, 429, "not done") is [`Answer::NotDone`].

mod history;
mod kind;
mod legal;
mod numbers;
mod operation;
mod report;
mod search;

pub use history::{Answer, Asked, History, Invocation, OperationId};
pub use kind::RejectionKind;
pub use report::{Report, Undecided, Violation};
pub use search::Budget;
