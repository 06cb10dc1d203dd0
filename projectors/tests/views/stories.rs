//! What rows and timelines say of what happened.

use std::collections::HashMap;

use docket_domain::command::Origin;
use docket_domain::ids::TicketId;
use docket_domain::stream::{Aggregate, StreamId};
use docket_domain::{Actor, EventContext, Role, Ticket, TicketEvent};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::random::{History, Random, history, known, mixed, open, person, text};
use crate::setting::{Setting, rows};

const PRIORITIES: [&str; 4] = ["low", "moderate", "high", "critical"];

#[tokio::test]
async fn a_ticket_goes_from_hand_to_hand_and_comes_back() {
    let mut setting = Setting::memory(1).await;
    let id = StreamId::Ticket(TicketId(Uuid::from_u128(7)));
    let mut random = Random(1);
    let mut opened = open(&mut random, 5);
    opened.team = Some(text("first level"));
    let team = |name: &str| TicketEvent::Transferred {
        team: text(name),
        reason: None,
    };
    let events = [
        TicketEvent::Opened(Box::new(opened)),
        TicketEvent::Assigned {
            consultant: person(1),
            decision: None,
        },
        team("printers"),
        team("first level"),
        TicketEvent::Assigned {
            consultant: person(2),
            decision: None,
        },
        TicketEvent::Accepted {
            consultant: person(2),
        },
        TicketEvent::Resolved {
            code: text("fixed"),
            note: Some(known("neue Trommel")),
        },
        TicketEvent::Reopened {
            reason: text("Streifen"),
            to: docket_domain::Assignment::InProgress(person(2)),
        },
        TicketEvent::Resolved {
            code: text("replaced"),
            note: None,
        },
        TicketEvent::Closed {
            reopen_until: at(900),
        },
    ];
    let told = events
        .into_iter()
        .zip(0..)
        .map(|(event, hour)| (id, context(hour), event.into()));
    setting.append(told).await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;

    let ticket = &rows(&view, "ticket", "id").await[0];
    for (field, expected) in [
        ("status", json!("closed")),
        ("team", json!("first level")),
        ("assignee", json!(person(2).0)),
        ("version", json!(10)),
        ("reassignment_count", json!(2)),
        ("assignment_count", json!(2)),
        ("reopen_count", json!(1)),
        ("resolution_code", json!("replaced")),
        ("resolution_note", Value::Null),
        ("resolved_at", json!("2020-01-01T08:00:00+00:00")),
        ("closed_at", json!("2020-01-01T09:00:00+00:00")),
        ("updated_at", json!("2020-01-01T09:00:00+00:00")),
        ("opened_at", json!("2020-01-01T00:00:00+00:00")),
    ] {
        assert_eq!(ticket[field], expected, "{field} of {ticket:#}");
    }

    let timeline = rows(&view, "timeline", "version").await;
    let reopened = &timeline[7];
    assert_eq!(reopened["type"], "reopened");
    assert_eq!(
        reopened["changes"],
        json!({
            "status": "in_progress", "reopen_count": 1,
            "resolution_code": null, "resolution_note": null, "resolved_at": null,
        }),
        "exactly what changed"
    );
    assert_eq!(timeline[2]["visibility"], "internal", "a transfer");
    assert_eq!(timeline[6]["visibility"], "public", "a resolution");
}

/// The decider's own state is the oracle: it is folded by other code from the same events.
#[tokio::test]
async fn merged_changes_are_the_ticket_as_it_was_at_every_version() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(42);
    let histories: Vec<History> = (0..40)
        .map(|count| history(&mut random, count, 60))
        .collect();
    setting.append(mixed(&histories, &mut random)).await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;

    let tickets = rows(&view, "ticket", "id").await;
    let timeline = rows(&view, "timeline", "ticket_id, version").await;
    assert_eq!(tickets.len(), histories.len());
    let mut lines: HashMap<String, Vec<Value>> = HashMap::new();
    for line in timeline {
        let id = line["ticket_id"].as_str().expect("an id").to_owned();
        lines.entry(id).or_default().push(line);
    }
    for history in &histories {
        let StreamId::Ticket(id) = history.id else {
            panic!("{} is no ticket", history.id)
        };
        let lines = &lines[&id.to_string()];
        assert_eq!(lines.len(), history.events.len());
        let mut merged = Map::new();
        for (line, state) in lines.iter().zip(&history.states) {
            merged.extend(line["changes"].as_object().expect("an object").clone());
            agrees(&merged, line, state);
        }
        let row = tickets
            .iter()
            .find(|row| row["id"] == json!(id.0))
            .expect("a row");
        equals_row(&merged, row);
    }
}

fn agrees(merged: &Map<String, Value>, line: &Value, state: &Aggregate) {
    let Aggregate::Ticket(Ticket::Opened(state)) = state else {
        panic!("an event of a ticket that isn't opened")
    };
    assert_eq!(line["version"], json!(state.version));
    let number = state.number.to_string();
    let as_of = jiff::Timestamp::from_microsecond(state.as_of.as_microsecond()).expect("a time");
    let shown: jiff::Timestamp = line["as_of"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("one");
    assert_eq!(shown, as_of);
    let content = &state.content;
    let mut expected = vec![
        ("number", json!(number)),
        ("status", json!(state.status.name().as_str())),
        ("team", json!(state.team.as_ref().map(ToString::to_string))),
        ("customer", json!(state.customer.map(|person| person.0))),
        ("reporter", json!(state.reporter.0)),
        ("reopen_count", json!(state.reopen_count)),
        (
            "category",
            json!(content.category.as_ref().map(ToString::to_string)),
        ),
        (
            "skills",
            content.skills.iter().map(ToString::to_string).collect(),
        ),
        ("priority", json!(PRIORITIES[content.priority as usize])),
    ];
    if state.status.name() != docket_domain::StatusName::Cancelled {
        // Whoever had a ticket that was given up stays with it in the view.
        let consultant = state.status.consultant().map(|person| person.0);
        expected.push(("assignee", json!(consultant)));
    }
    for (field, value) in expected {
        assert_eq!(merged[field], value, "{field} at {line:#}");
    }
    let fields = content.fields.iter();
    let fields: Vec<String> = fields.map(|(name, _)| name.to_string()).collect();
    let shown: Vec<&String> = merged["fields"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(shown, fields.iter().collect::<Vec<_>>());
}

fn equals_row(merged: &Map<String, Value>, row: &Value) {
    for (field, value) in merged {
        let shown = match (field.as_str(), &row[field]) {
            ("number", number) => json!(format!("{:02}", number.as_u64().expect("a number"))),
            ("priority", rank) => json!(PRIORITIES[rank.as_u64().expect("a rank") as usize]),
            (name, Value::String(time)) if name.ends_with("_at") || name == "reopen_until" => {
                json!(time.parse::<jiff::Timestamp>().expect("a time").to_string())
            }
            (_, other) => other.clone(),
        };
        assert_eq!(*value, shown, "{field} of {row:#}");
    }
}

pub(crate) fn at(hour: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_577_836_800 + 3_600 * hour).expect("within our century")
}

/// Live, by somebody at the desk.
pub(crate) fn context(hour: i64) -> EventContext {
    EventContext {
        actor: Actor {
            id: person(99),
            role: Role::Receptionist,
        },
        occurred_at: at(hour),
        origin: Origin::Live,
        source_sequence: None,
    }
}
