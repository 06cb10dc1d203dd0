//! A router's decision, as it stands in `assigned` v1 and in the body of the command `assign`.
//! Frozen.
//!
//! Compact, since most tickets get one: what follows from the rest (totals, the version of the
//! rules) isn't written, and points are a list.

use std::collections::BTreeMap;

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, RouterId};
use docket_domain::routing::{
    BEST_MAX, Basis, Exclusions, GRADE_MAX, Parts, RESERVED_MAX, Reason, Recorded, Reserved, Rules,
    Scored,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a router gave a ticket to somebody.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionV1 {
    /// Which router; another id at each start.
    router: Uuid,
    /// The how many-th assignment by a router since the ticket began to wait anew.
    attempt: u32,
    /// After this many attempts without anybody accepting, a manager must assign the ticket.
    attempts_max: u32,
    /// When it was decided.
    at: Timestamp,
    /// The version of the policy, apart from the weights.
    policy: u16,
    weights: WeightsV1,
    /// Per partition, the sequence of the last record that was read.
    positions: Vec<u64>,
    /// Who else had tickets on their way that these records don't tell of, as far as it counts for
    /// this decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reserved: Vec<ReservedV1>,
    /// How many consultants there were.
    considered: u32,
    /// How many of them couldn't have it, each counted for the first reason in this order: skills,
    /// team, area, distance, declined, hours, availability, capacity. All others were ranked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    excluded: BTreeMap<ReasonV1, u32>,
    /// The best of the ranking, at most 20, best first: the first one got the ticket.
    best: Vec<ScoredV1>,
}

/// What counts how much.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WeightsV1 {
    distance: u16,
    load: u16,
    skill: u16,
    language: u16,
    preferred: u16,
    fairness: u16,
    /// Metres at which half of the grade for being near is left.
    half_distance_m: u32,
    /// Seconds without an assignment that bring half of the grade for fairness.
    half_idle_s: u32,
    /// Seconds by which a step of priority goes before.
    priority_step_s: u32,
}

/// Tickets that were on their way to a consultant.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReservedV1 {
    consultant: Uuid,
    /// How many, to be added to those that the consultant had.
    tickets: u32,
    /// When the last of them was sent.
    last_at: Timestamp,
}

/// Why somebody couldn't have the ticket.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
enum ReasonV1 {
    Skills,
    Team,
    Area,
    Distance,
    Declined,
    Hours,
    Availability,
    Capacity,
}

/// A consultant who could have had the ticket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScoredV1 {
    consultant: Uuid,
    /// Weight × grade in thousandths, for: distance, load, skill, language, preferred, fairness.
    /// Their sum ranks.
    points: [u32; 6],
    /// From the ticket's place, in metres, if both are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distance_m: Option<u32>,
    /// When they were last given a ticket; between equals the earlier goes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_assigned_at: Option<Timestamp>,
}

/// What no router can have decided; reads on after the decision's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidDecision {
    /// The best of the ranking is somebody else, or nobody.
    #[error("does not rank the consultant first")]
    AnotherConsultant,
    /// More of the best than are recorded.
    #[error("names more than {BEST_MAX} of the best")]
    TooMany,
    /// More consultants with tickets on their way than are recorded.
    #[error("names more than {RESERVED_MAX} with tickets on their way")]
    TooManyReserved,
    /// Who was excluded and who was ranked aren't all who were considered.
    #[error("has counts that do not add up")]
    Counts,
    /// More points than the greatest weight and the best grade make.
    #[error("has points that no weight makes")]
    Points,
}

impl From<&Recorded> for DecisionV1 {
    fn from(recorded: &Recorded) -> Self {
        let Recorded {
            router,
            attempt,
            attempts_max,
            policy,
            basis,
            considered,
            excluded,
            best,
        } = recorded;
        Self {
            router: router.0,
            attempt: *attempt,
            attempts_max: *attempts_max,
            at: basis.at,
            policy: *policy,
            weights: basis.rules.into(),
            positions: basis.positions.clone(),
            reserved: basis.reserved.iter().copied().map(Into::into).collect(),
            considered: *considered,
            excluded: excluded
                .iter()
                .map(|(reason, count)| (reason.into(), count))
                .collect(),
            best: best.iter().map(ScoredV1::from).collect(),
        }
    }
}

impl DecisionV1 {
    /// The decision as it stands beside an assignment to that consultant.
    pub fn for_consultant(self, consultant: PersonId) -> Result<Recorded, InvalidDecision> {
        let best: Vec<Scored> = self
            .best
            .iter()
            .map(|scored| scored.into_scored())
            .collect::<Result<_, _>>()?;
        if best.first().map(|first| first.consultant) != Some(consultant) {
            return Err(InvalidDecision::AnotherConsultant);
        }
        if best.len() > BEST_MAX {
            return Err(InvalidDecision::TooMany);
        }
        if self.reserved.len() > RESERVED_MAX {
            return Err(InvalidDecision::TooManyReserved);
        }
        let sum: u64 = self.excluded.values().copied().map(u64::from).sum();
        let ranked = u64::from(self.considered).checked_sub(sum);
        if ranked.map(|ranked| ranked.min(BEST_MAX as u64)) != Some(best.len() as u64) {
            return Err(InvalidDecision::Counts);
        }
        let mut excluded = Exclusions::default();
        for (reason, count) in self.excluded {
            excluded.add(reason.into(), count);
        }
        Ok(Recorded {
            router: RouterId(self.router),
            attempt: self.attempt,
            attempts_max: self.attempts_max,
            policy: self.policy,
            basis: Basis {
                at: self.at,
                rules: self.weights.into(),
                positions: self.positions,
                reserved: self.reserved.into_iter().map(Into::into).collect(),
            },
            considered: self.considered,
            excluded,
            best,
        })
    }
}

impl From<Reserved> for ReservedV1 {
    fn from(reserved: Reserved) -> Self {
        let Reserved {
            consultant,
            tickets,
            last_at,
        } = reserved;
        Self {
            consultant: consultant.0,
            tickets,
            last_at,
        }
    }
}

impl From<ReservedV1> for Reserved {
    fn from(reserved: ReservedV1) -> Self {
        let ReservedV1 {
            consultant,
            tickets,
            last_at,
        } = reserved;
        Self {
            consultant: PersonId(consultant),
            tickets,
            last_at,
        }
    }
}

impl From<&Scored> for ScoredV1 {
    fn from(scored: &Scored) -> Self {
        let Scored {
            consultant,
            total: _,
            parts,
            distance_m,
            last_assigned_at,
        } = *scored;
        let Parts {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
        } = parts;
        Self {
            consultant: consultant.0,
            points: [distance, load, skill, language, preferred, fairness],
            distance_m,
            last_assigned_at,
        }
    }
}

impl ScoredV1 {
    fn into_scored(self) -> Result<Scored, InvalidDecision> {
        let most = u32::from(u16::MAX) * GRADE_MAX;
        if self.points.iter().any(|points| *points > most) {
            return Err(InvalidDecision::Points);
        }
        let [distance, load, skill, language, preferred, fairness] = self.points;
        let parts = Parts {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
        };
        Ok(Scored {
            consultant: PersonId(self.consultant),
            total: parts.total(),
            parts,
            distance_m: self.distance_m,
            last_assigned_at: self.last_assigned_at,
        })
    }
}

macro_rules! same {
    ($wire:ident = $domain:ident { $($field:ident),+ }) => {
        impl From<$domain> for $wire {
            fn from(domain: $domain) -> Self {
                let $domain { $($field),+ } = domain;
                Self { $($field),+ }
            }
        }

        impl From<$wire> for $domain {
            fn from(wire: $wire) -> Self {
                let $wire { $($field),+ } = wire;
                Self { $($field),+ }
            }
        }
    };
    ($wire:ident = $domain:ident [ $($word:ident),+ ]) => {
        impl From<$domain> for $wire {
            fn from(word: $domain) -> Self {
                match word { $($domain::$word => Self::$word),+ }
            }
        }

        impl From<$wire> for $domain {
            fn from(word: $wire) -> Self {
                match word { $($wire::$word => Self::$word),+ }
            }
        }
    };
}

same! {
    WeightsV1 = Rules {
        distance, load, skill, language, preferred, fairness,
        half_distance_m, half_idle_s, priority_step_s
    }
}
same! {
    ReasonV1 = Reason [Skills, Team, Area, Distance, Declined, Hours, Availability, Capacity]
}
