//! A router's decision as a row, compact, and what became of it. Pure.

use std::collections::BTreeMap;

use docket_domain::EventContext;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Parts, Recorded, Rules, Scored};
use jiff_sqlx::Timestamp;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use crate::projector::{RecordPlace, to_micros};

/// A row of `decision`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct DecisionRow {
    pub(crate) ticket: Uuid,
    pub(crate) version: i32,
    pub(crate) consultant: Uuid,
    pub(crate) decided_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) router: Uuid,
    pub(crate) attempt: i64,
    pub(crate) attempts_max: i64,
    pub(crate) policy: i32,
    pub(crate) rules: String,
    pub(crate) weights: Value,
    pub(crate) positions: Json<Vec<u64>>,
    pub(crate) considered: i64,
    pub(crate) excluded: Json<BTreeMap<&'static str, u32>>,
    pub(crate) best: Value,
    pub(crate) sequence: i64,
}

impl DecisionRow {
    /// The row of the decision that made that version of the ticket.
    pub(crate) fn new(
        ticket: TicketId,
        version: i32,
        consultant: PersonId,
        recorded: &Recorded,
        place: RecordPlace,
    ) -> Self {
        Self {
            ticket: ticket.0,
            version,
            consultant: consultant.0,
            decided_at: to_micros(recorded.basis.at),
            recorded_at: to_micros(place.recorded_at),
            router: recorded.router.0,
            attempt: recorded.attempt.into(),
            attempts_max: recorded.attempts_max.into(),
            policy: recorded.policy.into(),
            rules: recorded.rule_version().to_string(),
            weights: weights(&recorded.basis.rules),
            positions: Json(recorded.basis.positions.clone()),
            considered: recorded.considered.into(),
            excluded: Json(
                recorded
                    .excluded
                    .iter()
                    .map(|(reason, candidates)| (reason.as_str(), candidates))
                    .collect(),
            ),
            best: recorded.best.iter().map(scored).collect(),
            sequence: place.sequence as i64,
        }
    }
}

fn weights(rules: &Rules) -> Value {
    let Rules {
        distance,
        load,
        skill,
        language,
        preferred,
        fairness,
        half_distance_m,
        half_idle_s,
        priority_step_s,
    } = rules;
    json!({
        "distance": distance,
        "load": load,
        "skill": skill,
        "language": language,
        "preferred": preferred,
        "fairness": fairness,
        "half_distance_m": half_distance_m,
        "half_idle_s": half_idle_s,
        "priority_step_s": priority_step_s,
    })
}

fn scored(scored: &Scored) -> Value {
    let Scored {
        consultant,
        total: _,
        parts,
        distance_m,
        last_assigned_at,
    } = scored;
    let Parts {
        distance,
        load,
        skill,
        language,
        preferred,
        fairness,
    } = parts;
    json!([
        consultant.0,
        [distance, load, skill, language, preferred, fairness],
        distance_m,
        last_assigned_at.map(|at| at.to_string()),
    ])
}

/// A row of `outcome`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct OutcomeRow {
    pub(crate) ticket: Uuid,
    pub(crate) version: i32,
    pub(crate) outcome: &'static str,
    pub(crate) outcome_version: i32,
    pub(crate) occurred_at: Timestamp,
    pub(crate) actor: Uuid,
    pub(crate) role: &'static str,
    pub(crate) reason: Option<String>,
}

/// What an event says of the decision that it answers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Answered {
    pub(crate) outcome: &'static str,
    pub(crate) reason: Option<String>,
}

impl OutcomeRow {
    /// The row of what became, with the ticket's event of version `by`, of its decision `of`.
    pub(crate) fn new(
        ticket: TicketId,
        (of, by): (i32, i32),
        answered: Answered,
        context: &EventContext,
    ) -> Self {
        Self {
            ticket: ticket.0,
            version: of,
            outcome: answered.outcome,
            outcome_version: by,
            occurred_at: to_micros(context.occurred_at),
            actor: context.actor.id.0,
            role: context.actor.role.as_str(),
            reason: answered.reason,
        }
    }
}
