//! What is recorded otherwise than it comes out.

use std::fmt::Display;

use docket_domain::ids::PersonId;
use docket_domain::routing::{Decision, Outcome, Reason, Recorded, Scored};
use serde::Serialize;

use super::decision::points;

/// A thing that is recorded otherwise than it comes out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// Which.
    pub what: String,
    /// As recorded.
    pub recorded: String,
    /// As it comes out now.
    pub again: String,
}

impl Difference {
    pub(super) fn new(
        what: impl Into<String>,
        recorded: impl Display,
        again: impl Display,
    ) -> Self {
        Self {
            what: what.into(),
            recorded: recorded.to_string(),
            again: again.to_string(),
        }
    }
}

/// All of them; none, if the decision comes out the same.
pub(super) fn differences(recorded: &Recorded, again: &Decision) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    let Recorded {
        considered,
        excluded,
        best,
        ..
    } = recorded;
    if let Outcome::Waits { why } = &again.outcome {
        found.compare("the ticket", "assigned", format!("waits: {why}"));
    }
    found.compare("consultants", considered, again.considered);
    for reason in Reason::ALL {
        let what = format!("excluded by {}", reason.as_str());
        found.compare(what, excluded.get(reason), again.excluded.get(reason));
    }
    for rank in 0..best.len().max(again.best.len()) {
        let at = |best: &[Scored]| best.get(rank).map(|scored| scored.consultant);
        let what = format!("rank {}", rank + 1);
        found.compare(what, or_nobody(at(best)), or_nobody(at(&again.best)));
    }
    for scored in best {
        let same = |it: &&Scored| it.consultant == scored.consultant;
        if let Some(now) = again.best.iter().find(same) {
            found.compare_scored(scored, now);
        }
    }
    found.0
}

struct Found(Vec<Difference>);

impl Found {
    fn compare(&mut self, what: impl Into<String>, recorded: impl Display, again: impl Display) {
        let difference = Difference::new(what, recorded, again);
        if difference.recorded != difference.again {
            self.0.push(difference);
        }
    }

    fn compare_scored(&mut self, recorded: &Scored, again: &Scored) {
        let who = recorded.consultant;
        let parts = points(&recorded.parts)
            .into_iter()
            .zip(points(&again.parts));
        for ((part, recorded), (_, again)) in parts {
            self.compare(format!("points of {who} for {part}"), recorded, again);
        }
        let metres = |scored: &Scored| or_unknown(scored.distance_m);
        self.compare(format!("metres to {who}"), metres(recorded), metres(again));
        let last = |scored: &Scored| or_unknown(scored.last_assigned_at);
        self.compare(
            format!("last ticket given to {who}"),
            last(recorded),
            last(again),
        );
    }
}

fn or_nobody(who: Option<PersonId>) -> String {
    who.map_or_else(|| "nobody".to_owned(), |who| who.to_string())
}

fn or_unknown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}
