//! What those were like who got the tickets, on an average.

use docket_domain::Timestamp;
use docket_domain::routing::{Basis, GRADE_MAX, Rules, Scored};
use serde::Serialize;

/// Averages over decisions.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Means {
    /// Metres to the ticket, where both places were known.
    pub distance_m: Option<f64>,
    /// The share of their capacity that was free, in percent.
    pub free_capacity_percent: Option<f64>,
    /// Their level in the skills, of 5, where the ticket asked for any.
    pub skill_level: Option<f64>,
    /// How many spoke the customer's language, in percent.
    pub language_percent: Option<f64>,
    /// How many were whom the customer asked for, in percent.
    pub preferred_percent: Option<f64>,
    /// Seconds since they were last given a ticket, where they ever were.
    pub idle_s: Option<f64>,
}

/// Gathers them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    distance_m: Sum,
    free: Sum,
    skill: Sum,
    language: Sum,
    preferred: Sum,
    idle_s: Sum,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    count: u32,
}

/// A basis by which points are grades, even of what the rules leave out.
pub(super) fn grades(basis: &Basis) -> Basis {
    Basis {
        rules: Rules {
            distance: 1,
            load: 1,
            skill: 1,
            language: 1,
            preferred: 1,
            fairness: 1,
            ..basis.rules
        },
        ..basis.clone()
    }
}

impl Sums {
    /// Takes in somebody who got a ticket at that time, scored by [`grades`].
    pub(super) fn add(&mut self, at: Timestamp, scored: &Scored) {
        let grade = |points: u32| f64::from(points) / f64::from(GRADE_MAX);
        if let Some(metres) = scored.distance_m {
            self.distance_m.add(metres.into());
        }
        self.free.add(100.0 * grade(scored.parts.load));
        // Whoever can have it has each skill at some level: none at all, none was asked for.
        if scored.parts.skill > 0 {
            self.skill.add(5.0 * grade(scored.parts.skill));
        }
        self.language.add(100.0 * grade(scored.parts.language));
        self.preferred.add(100.0 * grade(scored.parts.preferred));
        if let Some(last) = scored.last_assigned_at {
            self.idle_s
                .add(at.duration_since(last).as_secs_f64().max(0.0));
        }
    }

    pub(super) fn means(&self) -> Means {
        Means {
            distance_m: self.distance_m.mean(),
            free_capacity_percent: self.free.mean(),
            skill_level: self.skill.mean(),
            language_percent: self.language.mean(),
            preferred_percent: self.preferred.mean(),
            idle_s: self.idle_s.mean(),
        }
    }
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}
