//! A router's decision, so that a dispatcher can read it: who got the ticket and why, who else could
//! have had it, who couldn't, and what became of it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use super::REASONS;
use super::waits::ExcludedView;

/// The parts of a candidate's points, in the order of the records, with what they mean.
const PARTS: [(&str, &str); 6] = [
    (
        "distance",
        "how near they are: all when there, half at half_distance_m",
    ),
    ("load", "the share of their capacity that is free"),
    ("skill", "how well they know the skills, of 5"),
    ("language", "whether they speak the customer's language"),
    ("preferred", "whether the customer asked for them"),
    (
        "fairness",
        "how long they haven't been given anything: half after half_idle_s",
    ),
];

/// A row of `decision` (as `d`) with its `outcome` (as `o`).
#[derive(Debug, FromRow)]
pub(super) struct Row {
    version: i32,
    consultant: Uuid,
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    decided_at: Timestamp,
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    recorded_at: Timestamp,
    router: Uuid,
    attempt: i64,
    attempts_max: i64,
    policy: i32,
    rules: String,
    #[sqlx(json)]
    weights: BTreeMap<String, u64>,
    #[sqlx(json)]
    positions: Vec<u64>,
    considered: i64,
    #[sqlx(json)]
    excluded: BTreeMap<String, u64>,
    #[sqlx(json)]
    best: Vec<Scored>,
    outcome: Option<String>,
    outcome_version: Option<i32>,
    occurred_at: Option<jiff_sqlx::Timestamp>,
    actor: Option<Uuid>,
    role: Option<String>,
    reason: Option<String>,
}

/// As the column has it.
type Scored = (Uuid, [u64; 6], Option<u64>, Option<Timestamp>);

/// What selects a [`Row`].
pub(super) const COLUMNS: &str = "d.version, d.consultant, d.decided_at, d.recorded_at, d.router, \
    d.attempt, d.attempts_max, d.policy, d.rules, d.weights, d.positions, d.considered, d.excluded, \
    d.best, o.outcome, o.outcome_version, o.occurred_at, o.actor, o.role, o.reason";

/// A router's decision.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RoutingDecision)]
pub(crate) struct DecisionView {
    /// In a sentence or two, for people.
    summary: String,
    /// The ticket's version with the assignment that came of it.
    version: i32,
    /// Who got the ticket.
    consultant: Uuid,
    /// By the router's clock.
    #[schema(value_type = String, format = DateTime)]
    decided_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// Which router; another id at each start.
    router: Uuid,
    /// The how many-th assignment by a router since the ticket began to wait anew.
    attempt: i64,
    /// After this many attempts without anybody accepting, a manager must assign it.
    attempts_max: i64,
    rules: RulesView,
    /// Per partition, the sequence of the last record that was read for it: from the log, read as
    /// far as that, it can be computed again.
    positions: Vec<u64>,
    /// How many consultants there were.
    considered: i64,
    /// How many of them couldn't have it, each counted for the first reason, in the order of the
    /// filters.
    excluded: Vec<ExcludedView>,
    /// How many could have had it.
    ranked: u64,
    /// The best of them, at most 20, best first: the first one got the ticket.
    best: Vec<CandidateView>,
    outcome: OutcomeView,
}

/// By which rules it was decided.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RoutingRules)]
pub(crate) struct RulesView {
    /// Policy and weights; the same for the same rules.
    #[schema(example = "1-0123456789abcdef")]
    version: String,
    /// Of the policy, apart from the weights.
    policy: i32,
    /// Of each part; and `half_distance_m`, `half_idle_s` and `priority_step_s`.
    #[schema(value_type = Object)]
    weights: BTreeMap<String, u64>,
}

/// A consultant who could have had the ticket.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RoutingCandidate)]
pub(crate) struct CandidateView {
    consultant: Uuid,
    /// As they are called now, if that is known.
    name: Option<String>,
    /// The sum of the points, which ranks.
    total: u64,
    parts: Vec<PartView>,
    /// From the ticket's place, if both were known.
    distance_m: Option<u64>,
    /// When they were last given a ticket; between equals the earlier goes first.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Timestamp>,
}

/// A part of a candidate's points.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RoutingPart)]
pub(crate) struct PartView {
    part: &'static str,
    /// What it counts.
    meaning: &'static str,
    /// Weight × grade.
    points: u64,
    /// By the rules.
    weight: u64,
    /// In thousandths: 0 worst, 1,000 best.
    grade: u64,
}

/// What became of a decision.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = RoutingOutcome)]
pub(crate) struct OutcomeView {
    /// `awaited`: nothing yet; `accepted`, `declined`; `taken_back` by a router, be it because it
    /// was not accepted in time, or by somebody; `reassigned`, `transferred`, `resolved` or
    /// `cancelled` before there was an answer.
    outcome: String,
    /// In a sentence, for people.
    text: String,
    /// The ticket's version with it.
    version: Option<i32>,
    /// Business time.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Why, as somebody put it.
    reason: Option<String>,
    /// Who did it.
    actor: Option<Uuid>,
    /// In which role; a router's is `service`.
    role: Option<String>,
}

impl Row {
    /// Everybody whom it names.
    pub(super) fn people(&self) -> impl Iterator<Item = Uuid> {
        self.best.iter().map(|(consultant, ..)| *consultant)
    }

    /// To be read, with the names of the people in it.
    pub(super) fn view(self, names: &HashMap<Uuid, String>) -> DecisionView {
        let outcome = self.outcome();
        let excluded: Vec<_> = REASONS
            .iter()
            .filter_map(|(reason, _)| {
                let consultants = *self.excluded.get(*reason)?;
                Some(ExcludedView::new(reason, consultants))
            })
            .collect();
        let ranked = (self.considered as u64).saturating_sub(self.excluded.values().sum());
        let chosen = names.get(&self.consultant);
        let summary = format!(
            "Given to {}, {}, on attempt {} of {}: {}",
            chosen.map_or_else(|| self.consultant.to_string(), Clone::clone),
            match ranked {
                1 => "the only one who could have it".to_owned(),
                ranked => format!("the best of {ranked} who could have it"),
            },
            self.attempt,
            self.attempts_max,
            outcome.text,
        );
        DecisionView {
            summary,
            best: self
                .best
                .iter()
                .map(|scored| candidate(scored, &self.weights, names))
                .collect(),
            version: self.version,
            consultant: self.consultant,
            decided_at: self.decided_at,
            recorded_at: self.recorded_at,
            router: self.router,
            attempt: self.attempt,
            attempts_max: self.attempts_max,
            rules: RulesView {
                version: self.rules,
                policy: self.policy,
                weights: self.weights,
            },
            positions: self.positions,
            considered: self.considered,
            excluded,
            ranked,
            outcome,
        }
    }

    fn outcome(&self) -> OutcomeView {
        let outcome = self.outcome.as_deref().unwrap_or("awaited");
        let by = match self.role.as_deref() {
            Some("service") => "by a router".to_owned(),
            Some(role) => format!("by the {}", role.replace('_', " ")),
            None => String::new(),
        };
        let text = match outcome {
            "awaited" => "no answer yet".to_owned(),
            "accepted" => "accepted".to_owned(),
            "declined" => "declined".to_owned(),
            "taken_back" => format!("taken back {by}"),
            "reassigned" => format!("given to somebody else {by}"),
            "transferred" => format!("moved to another team {by}"),
            other => format!("{other} before it was accepted"),
        };
        OutcomeView {
            outcome: outcome.to_owned(),
            text: match &self.reason {
                Some(reason) => format!("{text}: {reason}"),
                None => text,
            },
            version: self.outcome_version,
            at: self.occurred_at.map(jiff_sqlx::Timestamp::to_jiff),
            reason: self.reason.clone(),
            actor: self.actor,
            role: self.role.clone(),
        }
    }
}

fn candidate(
    (consultant, points, distance_m, last_assigned_at): &Scored,
    weights: &BTreeMap<String, u64>,
    names: &HashMap<Uuid, String>,
) -> CandidateView {
    let parts = PARTS.iter().zip(points).map(|((part, meaning), points)| {
        let weight = weights.get(*part).copied().unwrap_or_default();
        PartView {
            part,
            meaning,
            points: *points,
            weight,
            grade: points.checked_div(weight).unwrap_or_default(),
        }
    });
    CandidateView {
        consultant: *consultant,
        name: names.get(consultant).cloned(),
        total: points.iter().sum(),
        parts: parts.collect(),
        distance_m: *distance_m,
        last_assigned_at: *last_assigned_at,
    }
}
