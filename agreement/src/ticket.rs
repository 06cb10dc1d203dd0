//! The read model's tickets: what each field of a ticket is after so many events.

use std::collections::BTreeMap;

use docket_domain::command::{Caller, Customer, OpenTicket};
use docket_domain::stream::StreamId;
use docket_domain::text::{Personal, Text};
use docket_domain::ticket::{Status, StatusName};
use docket_domain::{TicketEvent, TicketState};
use serde_json::{Map, Value, json};

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::timeline;
use crate::told::time;
use crate::words::{erased, is_erased, known, label, labels, place, rank, word};

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let StreamId::Ticket(id) = history.id else {
        return;
    };
    let mut before = Map::new();
    for past in history.pasts() {
        let fields = fields(past);
        let changes: Map<_, _> = fields
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        expected.row("timeline", timeline::row(id.0, past, &changes));
        before = fields;
    }
    let (now, mut row) = (history.now(), before);
    let number: u64 = row["number"]
        .as_str()
        .and_then(|it| it.parse().ok())
        .expect("a number");
    let priority = now.ticket().content.priority;
    for (column, value) in [
        ("id", json!(id.0)),
        ("version", json!(now.version())),
        ("number", json!(number)),
        ("priority", json!(rank(priority))),
        ("updated_at", now.as_of()),
        ("partition", json!(now.first().partition)),
    ] {
        row.insert(column.to_owned(), value);
    }
    expected.row("ticket", Value::Object(row));
}

pub(crate) fn opening(past: Past<'_>) -> &OpenTicket {
    match past.first().ticket() {
        TicketEvent::Opened(open) => open,
        other => panic!("not an opening: {other:?}"),
    }
}

/// Everything that a ticket shows of itself, as the query API does.
fn fields(past: Past<'_>) -> Map<String, Value> {
    let (open, state) = (opening(past), past.ticket());
    let (customer, caller) = match &open.customer {
        Customer::Registered(customer) => (Some(customer.0), None),
        Customer::Unregistered(caller) => (None, Some(caller)),
    };
    let subject = past.latest_of_ticket(|event| match event {
        TicketEvent::Opened(open) => Some(Some(&open.subject)),
        TicketEvent::Amended(change) => change.subject.as_ref().map(Some),
        _ => None,
    });
    let description = past.latest_of_ticket(|event| match event {
        TicketEvent::Opened(open) => Some(open.description.as_ref()),
        TicketEvent::Amended(change) => change.description.as_ref().map(Option::as_ref),
        _ => None,
    });
    let at = past.latest_of_ticket(|event| match event {
        TicketEvent::Opened(open) => Some(open.place.as_ref()),
        TicketEvent::Amended(change) => change.place.as_ref().map(Option::as_ref),
        _ => None,
    });
    let (subject, description) = (subject.flatten(), description.flatten());
    let at = at.flatten();
    let solution = Solution::of(past);
    let erased = erased(&[
        ("subject", is_erased(subject)),
        ("description", is_erased(description)),
        ("place", is_erased(at)),
        ("caller", is_erased(caller)),
        ("resolution_note", is_erased(solution.note)),
    ]);
    let fields = json!({
        "number": open.number.to_string(),
        "status": state.status.name().as_str(),
        "customer": customer,
        "caller": known(caller, caller_shown),
        "reporter": past.first().context.actor.id.0,
        "channel": word(open.channel),
        "store": label(open.store.as_ref()),
        "team": label(state.team.as_ref()),
        "assignee": assignee(past),
        "subject": text(subject),
        "description": text(description),
        "category": label(state.content.category.as_ref()),
        "skills": labels(&state.content.skills),
        "priority": word(state.content.priority),
        "place": known(at, place),
        "language": label(open.language.as_ref()),
        "fields": free_fields(past),
        "awaiting": awaiting(state),
        "resolution_code": solution.code,
        "resolution_note": text(solution.note),
        "erased": erased,
        "opened_at": past.first().occurred_at(),
        "resolved_at": solution.resolved_at,
        "closed_at": solution.closed_at,
        "reopen_until": solution.reopen_until,
        "reassignment_count": moves(past),
        "assignment_count": past.count(|event| matches!(event, TicketEvent::Assigned { .. })),
        "reopen_count": past.count(|event| matches!(event, TicketEvent::Reopened { .. })),
        "origin": word(past.first().context.origin),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn caller_shown(caller: &Caller) -> Value {
    json!({
        "name": caller.name.as_str(),
        "phone": label(caller.phone.as_ref()),
        "email": label(caller.email.as_ref()),
    })
}

pub(crate) fn text<const MAX: usize>(text: Option<&Personal<Text<MAX>>>) -> Value {
    known(text, |text| json!(text.as_str()))
}

/// Whoever has it, or had it when it was solved or given up.
pub(crate) fn assignee(past: Past<'_>) -> Value {
    let cancelled = |event: &TicketEvent| matches!(event, TicketEvent::Cancelled { .. });
    let given_up = past.last_place(|told| cancelled(told.ticket()));
    let until = given_up
        .and_then(|place| past.before(place))
        .unwrap_or(past);
    json!(until.ticket().status.consultant().map(|it| it.0))
}

fn awaiting(state: &TicketState) -> Value {
    match &state.status {
        Status::OnHold { awaiting, .. } => json!(word(awaiting)),
        _ => Value::Null,
    }
}

/// How often it went from one team to another.
fn moves(past: Past<'_>) -> usize {
    let mut teams = vec![opening(past).team.as_ref()];
    teams.extend(past.ticket_events().filter_map(|event| match event {
        TicketEvent::Transferred { team, .. } => Some(Some(team)),
        _ => None,
    }));
    teams
        .windows(2)
        .filter(|pair| pair[0].is_some() && pair[0] != pair[1])
        .count()
}

fn free_fields(past: Past<'_>) -> BTreeMap<String, String> {
    let opened = opening(past)
        .fields
        .iter()
        .map(|(name, value)| (name, Some(value)));
    let amended = past.ticket_events().filter_map(|event| match event {
        TicketEvent::Amended(change) => Some(&change.fields),
        _ => None,
    });
    let amended = amended
        .flatten()
        .map(|(name, value)| (name, value.as_ref()));
    let last: BTreeMap<_, _> = opened.chain(amended).collect();
    let there = last
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    there
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// How it was solved, as long as it is.
#[derive(Default)]
struct Solution<'a> {
    code: Value,
    note: Option<&'a Personal<docket_domain::text::Body>>,
    resolved_at: Value,
    closed_at: Value,
    reopen_until: Value,
}

impl<'a> Solution<'a> {
    fn of(past: Past<'a>) -> Self {
        let status = &past.ticket().status;
        let (code, reopen_until) = match status {
            Status::Resolved { code, .. } => (code, Value::Null),
            Status::Closed {
                code, reopen_until, ..
            } => (code, time(*reopen_until)),
            _ => return Self::default(),
        };
        let when = |name: StatusName| {
            let place = past.last_place(|told| match told.ticket() {
                TicketEvent::Resolved { .. } => name == StatusName::Resolved,
                TicketEvent::Closed { .. } => name == StatusName::Closed,
                _ => false,
            });
            let until = place.and_then(|place| past.before(place + 1));
            until.map_or(Value::Null, Past::as_of)
        };
        let closed = status.name() == StatusName::Closed;
        Self {
            code: json!(code.as_str()),
            note: past
                .latest_of_ticket(|event| match event {
                    TicketEvent::Resolved { note, .. } => Some(note.as_ref()),
                    _ => None,
                })
                .flatten(),
            resolved_at: when(StatusName::Resolved),
            closed_at: if closed {
                when(StatusName::Closed)
            } else {
                Value::Null
            },
            reopen_until,
        }
    }
}
