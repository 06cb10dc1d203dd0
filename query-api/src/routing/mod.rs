//! Routing, for those who watch over it: which tickets wait and why, and what routers decided.
//!
//! Reads the routing view, which may lie in another database than the rest, and needs nothing else.
//! Why a ticket waits is no event: it is worked out here, from the same facts and in the same order
//! as routers filter by ([`waits`]); routers alone decide.

mod decision;
mod order;
mod people;
mod queue;
mod read;
mod shift;
mod waits;

pub(crate) use decision::{CandidateView, DecisionView, OutcomeView, PartView, RulesView};
pub(crate) use queue::{Filter, Page, QueueList, QueueParameters, WaitingView, page};
pub(crate) use read::{RoutingView, ticket};
pub(crate) use waits::{ExcludedView, WhyView};

/// The filters by name in their order, with what excludes a consultant there.
const REASONS: [(&str, &str); 8] = [
    ("skills", "lack a skill"),
    ("team", "are in another team"),
    ("area", "serve other areas"),
    ("distance", "don't go that far"),
    ("declined", "declined it, or had it taken from them"),
    ("hours", "are off shift"),
    ("availability", "are busy or away"),
    ("capacity", "have as many tickets as they may"),
];

/// What that reason says of those whom it excludes.
fn meaning(reason: &str) -> &'static str {
    let found = REASONS.iter().find(|(name, _)| *name == reason);
    found.map_or("are excluded for a reason that is new here", |found| {
        found.1
    })
}
