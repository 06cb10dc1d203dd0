//! Who is to work a ticket: the routing policy, as a pure function of what the log says.
//!
//! Candidates first pass filters ([`Reason`]); those that are left get points for each of six
//! [`Parts`], whose sum ranks them; the first of the ranking gets the ticket. The same candidates,
//! job and [`Basis`] come to the same [`Decision`] on every machine and in any order of the
//! candidates: there are only integers here, and every tie is broken.
//!
//! | what | unit |
//! |---|---|
//! | place | centimetres from the middle of the earth ([`Spot`]) |
//! | distance | metres, rounded down |
//! | grade of a part | thousandths: 0 worst, 1,000 best |
//! | points of a part | its weight in the [`Rules`] × its grade |
//! | total | the sum of the points |
//!
//! A candidate's points depend on nobody else, so whoever joins or leaves never turns the order
//! of two others around, and one more candidate never makes the outcome worse. (With grades relative
//! to the best or the mean of those present, both happen.)
//!
//! **Fairness** is how long a candidate hasn't been given anything, not how much they were given
//! in all: with totals, whoever comes back from a holiday or is new gets every ticket until they
//! have caught up. It is a part of the score, and the first tie-break, exact to the nanosecond;
//! the second is a lot drawn from ticket and consultant, which favours nobody for ever as the
//! order of ids would.
//!
//! [`scan`] is the policy's plainest form and looks at each candidate; [`Pool`] is kept up to date
//! change by change and comes to exactly the same decisions without doing so. [`Queue`] is the
//! other side: whose turn it is among the waiting tickets when somebody becomes free.

mod candidate;
mod cell;
mod job;
mod spot;

mod decision;
mod filter;
mod rank;
mod rules;
mod score;

mod pool;
mod queue;
mod recorded;

pub use candidate::{Candidate, Level};
pub use decision::{Basis, Decision, Outcome, RESERVED_MAX, Reserved, Why, scan};
pub use filter::{Exclusions, Reason, exclusion};
pub use job::{ASKED_AGAIN_AFTER, Job, Turn};
pub use pool::Pool;
pub use queue::{Queue, Search, Searched};
pub use rank::BEST_MAX;
pub use recorded::Recorded;
pub use rules::{POLICY, RuleVersion, Rules};
pub use score::{GRADE_MAX, Parts, Scored};
pub use spot::Spot;
