//! The routing view: tickets as routers see them, what they decided, and what became of it.

use docket_domain::TicketEvent;
use docket_domain::command::{Place, Point};
use docket_domain::routing::{Recorded, Rules, Scored};
use docket_domain::stream::StreamId;
use docket_domain::text::Personal;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::ticket::{assignee, opening};
use crate::told::time;
use crate::words::{label, labels, rank};

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let StreamId::Ticket(id) = history.id else {
        return;
    };
    let past = history.now();
    expected.row("ticket", ticket(id.0, past));
    for (place, told) in past.told.iter().enumerate() {
        let Some(recorded) = decision_of(told.ticket()) else {
            continue;
        };
        expected.row("decision", decision(id.0, past, place, recorded));
        let mut after = (place + 1..).zip(&past.told[place + 1..]);
        let answered = after.find_map(|(by, told)| Some((by, told, answer(told.ticket())?)));
        if let Some((by, told, (outcome, reason))) = answered {
            expected.row(
                "outcome",
                json!({
                    "ticket": id.0,
                    "version": place + 1,
                    "outcome": outcome,
                    "outcome_version": by + 1,
                    "occurred_at": told.occurred_at(),
                    "actor": told.context.actor.id.0,
                    "role": told.context.actor.role.as_str(),
                    "reason": reason,
                }),
            );
        }
    }
}

fn ticket(id: Uuid, past: Past<'_>) -> Value {
    let (open, state) = (opening(past), past.ticket());
    let last = past.last_place(|told| is_course(told.ticket()));
    let last = &past.told[last.expect("the opening is of the course")];
    let last_decision = past.last_place(|told| decision_of(told.ticket()).is_some());
    let awaits = last_decision.filter(|place| {
        let mut after = past.told[place + 1..].iter();
        !after.any(|told| settles(told.ticket()))
    });
    let attempts_max = last_decision
        .and_then(|place| decision_of(past.told[place].ticket()))
        .map(|decision| decision.attempts_max);
    let number: u64 = open.number.to_string().parse().expect("a number");
    let point = place(past);
    json!({
        "id": id,
        "version": past.version(),
        "number": number,
        "status": state.status.name().as_str(),
        "since": last.recorded_at(),
        "live": last.is_live(),
        "assignee": assignee(past),
        "attempts": attempts(past),
        "attempts_max": attempts_max,
        "awaits": awaits.map(|place| place + 1),
        "passed": passed(past),
        "opened_at": past.first().occurred_at(),
        "team": label(state.team.as_ref()),
        "category": label(state.content.category.as_ref()),
        "store": label(open.store.as_ref()),
        "skills": labels(&state.content.skills),
        "priority": rank(state.content.priority),
        "latitude": point.map(Point::latitude),
        "longitude": point.map(Point::longitude),
        "partition": past.first().partition,
    })
}

/// What is about where a ticket stands.
fn is_course(event: &TicketEvent) -> bool {
    !matches!(
        event,
        TicketEvent::Amended(_)
            | TicketEvent::CommentAdded { .. }
            | TicketEvent::Linked { .. }
            | TicketEvent::TravelStarted
            | TicketEvent::Arrived
            | TicketEvent::WorkLogged { .. }
    )
}

pub(crate) fn decision_of(event: &TicketEvent) -> Option<&Recorded> {
    match event {
        TicketEvent::Assigned { decision, .. } => decision.as_deref(),
        _ => None,
    }
}

/// After it, nobody is asked any more.
fn settles(event: &TicketEvent) -> bool {
    answer(event).is_some() || matches!(event, TicketEvent::Reopened { .. })
}

/// How an event answers a decision, and why.
fn answer(event: &TicketEvent) -> Option<(&'static str, Option<&str>)> {
    Some(match event {
        TicketEvent::Accepted { .. } => ("accepted", None),
        TicketEvent::Declined { reason, .. } => ("declined", Some(reason.as_str())),
        TicketEvent::Unassigned { reason, .. } => ("taken_back", Some(reason.as_str())),
        TicketEvent::Assigned { .. } => ("reassigned", None),
        TicketEvent::Transferred { reason, .. } => {
            ("transferred", reason.as_ref().map(AsRef::as_ref))
        }
        TicketEvent::Resolved { .. } => ("resolved", None),
        TicketEvent::Cancelled { reason } => ("cancelled", Some(reason.as_str())),
        _ => return None,
    })
}

/// Where the work is.
fn place(past: Past<'_>) -> Option<Point> {
    let said = past.latest_of_ticket(|event| match event {
        TicketEvent::Opened(open) => Some(point(open.place.as_ref())),
        TicketEvent::Amended(change) => change.place.as_ref().map(|it| point(it.as_ref())),
        _ => None,
    });
    said.flatten()
}

fn point(place: Option<&Personal<Place>>) -> Option<Point> {
    place
        .and_then(Personal::known)
        .and_then(|place| place.point)
}

/// Assignments by routers since the ticket began to wait anew, or somebody took it.
fn attempts(past: Past<'_>) -> usize {
    let taken = past.last_place(|told| matches!(told.ticket(), TicketEvent::Accepted { .. }));
    let since = &past.told[began_anew(past).max(taken.unwrap_or(0))..];
    since
        .iter()
        .filter(|told| decision_of(told.ticket()).is_some())
        .count()
}

/// Who isn't asked for it, and until when, if not for good.
fn passed(past: Past<'_>) -> Value {
    let mut passed = Map::new();
    for told in &past.told[began_anew(past)..] {
        let (who, until) = match told.ticket() {
            TicketEvent::Declined { consultant, .. } => (consultant, Value::Null),
            TicketEvent::Unassigned { consultant, .. } => (
                consultant,
                time(told.recorded_at + SignedDuration::from_hours(8)),
            ),
            _ => continue,
        };
        let is_for_good = passed.get(&who.0.to_string()) == Some(&Value::Null);
        if !is_for_good {
            passed.insert(who.0.to_string(), until);
        }
    }
    Value::Object(passed)
}

/// Where it became another matter for the last time: it was opened, went to another team or came
/// back, or what it asks for was changed.
fn began_anew(past: Past<'_>) -> usize {
    let anew = (0..past.told.len()).rev().find(|place| {
        let Some(before) = past.before(*place) else {
            return true;
        };
        match past.told[*place].ticket() {
            TicketEvent::Transferred { .. } | TicketEvent::Reopened { .. } => true,
            TicketEvent::Amended(_) => {
                let after = past.before(place + 1).expect("one at least");
                asks(before) != asks(after)
            }
            _ => false,
        }
    });
    anew.unwrap_or(0)
}

/// What a ticket asks of a consultant.
fn asks(past: Past<'_>) -> (Value, Value, u8, Option<Point>) {
    let content = &past.ticket().content;
    (
        label(content.category.as_ref()),
        labels(&content.skills),
        rank(content.priority),
        place(past),
    )
}

fn decision(ticket: Uuid, past: Past<'_>, place: usize, recorded: &Recorded) -> Value {
    let told = &past.told[place];
    let TicketEvent::Assigned { consultant, .. } = told.ticket() else {
        panic!("not an assignment");
    };
    let excluded: Map<String, Value> = recorded
        .excluded
        .iter()
        .map(|(reason, count)| (reason.as_str().to_owned(), json!(count)))
        .collect();
    let best: Value = recorded.best.iter().map(scored).collect();
    json!({
        "ticket": ticket,
        "version": place + 1,
        "consultant": consultant.0,
        "decided_at": time(recorded.basis.at),
        "recorded_at": told.recorded_at(),
        "router": recorded.router.0,
        "attempt": recorded.attempt,
        "attempts_max": recorded.attempts_max,
        "policy": recorded.policy,
        "rules": recorded.rule_version().to_string(),
        "weights": weights(&recorded.basis.rules),
        "positions": recorded.basis.positions,
        "considered": recorded.considered,
        "excluded": excluded,
        "best": best,
        "sequence": told.sequence,
    })
}

fn weights(rules: &Rules) -> Value {
    json!({
        "distance": rules.distance,
        "load": rules.load,
        "skill": rules.skill,
        "language": rules.language,
        "preferred": rules.preferred,
        "fairness": rules.fairness,
        "half_distance_m": rules.half_distance_m,
        "half_idle_s": rules.half_idle_s,
        "priority_step_s": rules.priority_step_s,
    })
}

fn scored(scored: &Scored) -> Value {
    let parts = &scored.parts;
    json!([
        scored.consultant.0,
        [
            parts.distance,
            parts.load,
            parts.skill,
            parts.language,
            parts.preferred,
            parts.fairness
        ],
        scored.distance_m,
        scored.last_assigned_at.map(|at| at.to_string()),
    ])
}
