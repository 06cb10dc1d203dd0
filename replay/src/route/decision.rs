//! A decision as a document: of the same form as the query API's, as far as the log alone tells.

use std::collections::{BTreeMap, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::PersonId;
use docket_domain::routing::{Basis, Exclusions, Parts, RuleVersion, Rules, Scored};
use serde::Serialize;
use uuid::Uuid;

/// Whom consultants' ids name.
pub(super) type Names = HashMap<PersonId, String>;

/// How a decision came about, whatever came of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Decision {
    /// By the router's clock.
    pub decided_at: Timestamp,
    /// By which rules.
    pub rules: RulesView,
    /// How many consultants there were.
    pub considered: u32,
    /// How many of them couldn't have the ticket, in the order of the filters.
    pub excluded: Vec<Excluded>,
    /// How many could have had it.
    pub ranked: u32,
    /// The best of them, best first.
    pub best: Vec<Candidate>,
}

/// Rules, and their name.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RulesView {
    /// The same for the same rules.
    pub version: String,
    /// Of the policy, apart from the weights.
    pub policy: u16,
    /// What counts how much.
    pub weights: BTreeMap<&'static str, u32>,
}

/// Those whom one filter excluded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Excluded {
    /// Which.
    pub reason: &'static str,
    /// How many.
    pub consultants: u32,
}

/// Somebody who could have had the ticket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Candidate {
    /// Who.
    pub consultant: Uuid,
    /// As they are called, if that is known (still).
    pub name: Option<String>,
    /// The sum of the points.
    pub total: u32,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// From the ticket's place, if both are known.
    pub distance_m: Option<u32>,
    /// When they were last given a ticket.
    pub last_assigned_at: Option<Timestamp>,
}

/// A part of the points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// Which.
    pub part: &'static str,
    /// Weight × grade.
    pub points: u32,
    /// By the rules.
    pub weight: u32,
    /// In thousandths.
    pub grade: u32,
}

impl Decision {
    pub(super) fn new(
        basis: &Basis,
        policy: u16,
        (considered, excluded): (u32, Exclusions),
        best: &[Scored],
        names: &Names,
    ) -> Self {
        Self {
            decided_at: basis.at,
            rules: RulesView::new(&basis.rules, policy),
            considered,
            ranked: considered.saturating_sub(excluded.total()),
            excluded: excluded
                .iter()
                .map(|(reason, consultants)| Excluded {
                    reason: reason.as_str(),
                    consultants,
                })
                .collect(),
            best: best
                .iter()
                .map(|scored| candidate(scored, &basis.rules, names))
                .collect(),
        }
    }
}

impl RulesView {
    pub(super) fn new(rules: &Rules, policy: u16) -> Self {
        let version = RuleVersion {
            policy,
            ..rules.version()
        };
        let mut weights: BTreeMap<_, _> = weights(rules).into();
        weights.insert("half_distance_m", rules.half_distance_m);
        weights.insert("half_idle_s", rules.half_idle_s);
        weights.insert("priority_step_s", rules.priority_step_s);
        Self {
            version: version.to_string(),
            policy,
            weights,
        }
    }
}

fn candidate(scored: &Scored, rules: &Rules, names: &Names) -> Candidate {
    let parts = points(&scored.parts).into_iter().zip(weights(rules));
    Candidate {
        consultant: scored.consultant.0,
        name: names.get(&scored.consultant).cloned(),
        total: scored.total,
        parts: parts
            .map(|((part, points), (_, weight))| Part {
                part,
                points,
                weight,
                grade: points.checked_div(weight).unwrap_or_default(),
            })
            .collect(),
        distance_m: scored.distance_m,
        last_assigned_at: scored.last_assigned_at,
    }
}

/// The points by part, in the order of the records.
pub(super) fn points(parts: &Parts) -> [(&'static str, u32); 6] {
    let Parts {
        distance,
        load,
        skill,
        language,
        preferred,
        fairness,
    } = *parts;
    [
        ("distance", distance),
        ("load", load),
        ("skill", skill),
        ("language", language),
        ("preferred", preferred),
        ("fairness", fairness),
    ]
}

fn weights(rules: &Rules) -> [(&'static str, u32); 6] {
    points(&Parts {
        distance: rules.distance.into(),
        load: rules.load.into(),
        skill: rules.skill.into(),
        language: rules.language.into(),
        preferred: rules.preferred.into(),
        fairness: rules.fairness.into(),
    })
}
