//! The log's protocol as a model: every interleaving of a few writers, searched to the end.
//!
//! The promise that carries Docket is that any number of command-apis append to one partition at
//! once, that every answer is linearizable, refusals included, and that a dead one is not missed.
//! Here that is searched: small enough configurations, but all that can happen in them. Run
//! `cargo test -p docket-model -- --nocapture` for figures and traces, and with
//! `DOCKET_MODEL=large` for more states (some minutes and a few GB).
//!
//! # To read it
//!
//! `configuration.rs` says what is searched, `protocol.rs` holds the rules, `invariants.rs` what
//! must hold, `weakening.rs` which rules can be taken away to see that they are missed. `state.rs`
//! lists what may happen next; `reduction.rs` says what is not searched because it makes no
//! difference.
//!
//! | here | models |
//! |---|---|
//! | `log` | `event-log/src/chain/rule.rs`, `reader.rs`, `cursor.rs`; `command-api/src/partition/fold.rs`, `outcomes.rs` |
//! | `network` | what Kafka and its client do to an append |
//! | `protocol` | `event-log/src/writer.rs`, `writer/flight.rs`; `command-api/src/partition/batch.rs`, `task.rs` |
//! | `clients` | HTTP clients, and replicas that forward to other replicas |
//! | `decider` | `domain/`, as small as can be |
//!
//! # What is modelled
//!
//! - One partition: stored entries in order, valid and noise, that each reader judges for itself.
//! - Two or three writers, each with a cursor, folded state and table of outcomes of its own, as
//!   far behind as may be; one batch in flight each, of one or two commands, decided one on top of
//!   the other; events, and barriers that list answers, of which one goes before a later event of
//!   the same ticket; a batch wins up to its first lost record.
//! - Appends that are stored whole, in parts, out of order, twice, late, after their writer's
//!   crash, or never.
//! - Crashes, and starts from the log's start or from a snapshot of any age.
//! - Clients that send again, at any time and to any replica, what is unknown, still under way, or
//!   answered; and replicas that answer "not done" to what waits in their queue.
//! - Time as something that may pass at any moment: any timer may be first, so a barrier may be
//!   sent whenever a batch is in flight. What is reported of a delivery changes a timer only, so
//!   reports come in nowhere but in weakenings that believe them.
//!
//! # What is left out
//!
//! - Hashes: a record's number stands for its hash, so there are no collisions and no forgeries.
//! - Loss or change of what was stored: that is damage, which readers detect and stop at, not a
//!   thing the protocol survives. What a reader has seen stays (brokers' high watermark).
//! - Several partitions, which share nothing. Claims and forwarding, which are for speed only: a
//!   claim is a record that settles like a barrier, a forwarded command is one sent again.
//! - That outcomes are forgotten after a day.

mod clients;
pub mod configuration;
pub mod decider;
mod fingerprint;
pub mod invariants;
mod list;
mod log;
mod network;
mod protocol;
mod reduction;
mod search;
mod state;
mod trace;
mod weakening;

pub use network::Part;
pub use search::{Report, search};
pub use state::Action;
pub use trace::Trace;
pub use weakening::Weakening;
