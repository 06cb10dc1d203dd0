//! The tables' columns, and the statements that read and write them; those of consultants and the
//! catalogue are the read model's.

use super::decision::{DecisionRow, OutcomeRow};
use super::ticket::TicketRow;
use crate::projector::sql::{nothing, replacing, table_reader, table_writer};

table_writer!(TICKET, upsert_tickets, "ticket", TicketRow, replacing("id"), {
    id: "uuid" = id,
    version: "integer" = version,
    number: "bigint" = number,
    status: "text" = status,
    since: "timestamptz" = since,
    live: "boolean" = live,
    assignee: "uuid" = assignee,
    attempts: "integer" = attempts,
    attempts_max: "bigint" = attempts_max,
    awaits: "integer" = awaits,
    passed: "jsonb" = passed,
    opened_at: "timestamptz" = opened_at,
    team: "text" = team,
    category: "text" = category,
    store: "text" = store,
    skills: "jsonb" = skills,
    priority: "smallint" = priority,
    latitude: "double precision" = latitude,
    longitude: "double precision" = longitude,
    partition: "integer" = partition,
});

table_writer!(DECISION, insert_decisions, "decision", DecisionRow, nothing, {
    ticket: "uuid" = ticket,
    version: "integer" = version,
    consultant: "uuid" = consultant,
    decided_at: "timestamptz" = decided_at,
    recorded_at: "timestamptz" = recorded_at,
    router: "uuid" = router,
    attempt: "bigint" = attempt,
    attempts_max: "bigint" = attempts_max,
    policy: "integer" = policy,
    rules: "text" = rules,
    weights: "jsonb" = weights,
    positions: "jsonb" = positions,
    considered: "bigint" = considered,
    excluded: "jsonb" = excluded,
    best: "jsonb" = best,
    sequence: "bigint" = sequence,
});

table_writer!(OUTCOME, insert_outcomes, "outcome", OutcomeRow, nothing, {
    ticket: "uuid" = ticket,
    version: "integer" = version,
    outcome: "text" = outcome,
    outcome_version: "integer" = outcome_version,
    occurred_at: "timestamptz" = occurred_at,
    actor: "uuid" = actor,
    role: "text" = role,
    reason: "text" = reason,
});

table_reader!(TICKET, select_tickets, "ticket", TicketRow);
