//! The routing view against random histories: it equals what its rules say of them, written another
//! way, and is the same in every generation.

use std::collections::BTreeSet;

use docket_domain::command::{Amendment, Origin, Place, Point};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::Personal;
use docket_domain::ticket::Status;
use docket_domain::{Ticket, TicketEvent};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{History, Random, history, mixed};
use crate::random_people::{catalogue_history, consultant_history};
use crate::routing::decision;
use crate::setting::{Setting, rows};

const TABLES: [(&str, &str); 5] = [
    ("ticket", "id"),
    ("decision", "ticket, version"),
    ("outcome", "ticket, version"),
    ("consultant", "id"),
    ("catalogue_entry", "kind, key"),
];

async fn contents(view: &PgPool) -> Vec<(&'static str, Vec<Value>)> {
    let mut contents = Vec::new();
    for (table, order) in TABLES {
        contents.push((table, rows(view, table, order).await));
    }
    contents
}

/// The events about where a ticket stands, other than its opening.
fn is_course(event: &TicketEvent) -> bool {
    !matches!(
        event,
        TicketEvent::Opened(_)
            | TicketEvent::Amended(_)
            | TicketEvent::CommentAdded { .. }
            | TicketEvent::Linked { .. }
            | TicketEvent::TravelStarted
            | TicketEvent::Arrived
            | TicketEvent::WorkLogged { .. }
    )
}

/// How an event answers a decision.
fn answer(event: &TicketEvent) -> Option<&'static str> {
    Some(match event {
        TicketEvent::Accepted { .. } => "accepted",
        TicketEvent::Declined { .. } => "declined",
        TicketEvent::Unassigned { .. } => "taken_back",
        TicketEvent::Assigned { .. } => "reassigned",
        TicketEvent::Transferred { .. } => "transferred",
        TicketEvent::Resolved { .. } => "resolved",
        TicketEvent::Cancelled { .. } => "cancelled",
        _ => return None,
    })
}

fn ticket_events(history: &History) -> Vec<&TicketEvent> {
    history
        .events
        .iter()
        .map(|(_, event)| match event {
            Event::Ticket(event) => event,
            _ => panic!("of a ticket"),
        })
        .collect()
}

fn point(place: Option<&Personal<Place>>) -> Option<Point> {
    place
        .and_then(Personal::known)
        .and_then(|place| place.point)
}

/// Assignments by routers since the ticket began to wait anew, by looking at each of its events.
fn attempts(events: &[&TicketEvent]) -> usize {
    let mut at = None;
    let mut since = 0;
    for (place, event) in events.iter().enumerate() {
        match event {
            TicketEvent::Opened(open) => at = point(open.place.as_ref()),
            TicketEvent::Accepted { .. }
            | TicketEvent::Transferred { .. }
            | TicketEvent::Reopened { .. } => since = place,
            TicketEvent::Amended(amendment) => {
                let Amendment {
                    category,
                    skills,
                    priority,
                    place: moved,
                    ..
                } = &**amendment;
                let before = at;
                if let Some(moved) = moved {
                    at = point(moved.as_ref());
                }
                let asks_anew = category.is_some() || skills.is_some() || priority.is_some();
                if asks_anew || at != before {
                    since = place;
                }
            }
            _ => {}
        }
    }
    let routed = |event: &&&TicketEvent| {
        matches!(
            event,
            TicketEvent::Assigned {
                decision: Some(_),
                ..
            }
        )
    };
    events[since..].iter().filter(routed).count()
}

fn agrees(row: &Value, history: &History) {
    let events = ticket_events(history);
    let Some(Aggregate::Ticket(Ticket::Opened(state))) = history.states.last() else {
        panic!("an opened ticket");
    };
    let (status, assignee) = match &state.status {
        Status::Open => ("open", None),
        Status::Assigned { consultant } => ("assigned", Some(*consultant)),
        Status::InProgress { consultant } => ("in_progress", Some(*consultant)),
        Status::OnHold { was, .. } => ("on_hold", was.consultant()),
        Status::Resolved { consultant, .. } => ("resolved", *consultant),
        Status::Closed { consultant, .. } => ("closed", *consultant),
        // Of no interest to the decider any more.
        Status::Cancelled => ("cancelled", None),
    };
    let passed: BTreeSet<Uuid> = events
        .iter()
        .filter_map(|event| match event {
            TicketEvent::Declined { consultant, .. }
            | TicketEvent::Unassigned { consultant, .. } => Some(consultant.0),
            _ => None,
        })
        .collect();
    let in_row: BTreeSet<Uuid> = serde_json::from_value(row["passed"].clone()).expect("ids");
    assert_eq!(in_row, passed, "{row:#}");
    let last = events.iter().rposition(|event| is_course(event));
    let live = history.events[last.unwrap_or(0)].0.origin == Origin::Live;
    let label = |label: Option<&docket_domain::text::Label>| json!(label.map(ToString::to_string));
    for (column, expected) in [
        ("version", json!(state.version)),
        ("status", json!(status)),
        ("live", json!(live)),
        ("attempts", json!(attempts(&events))),
        ("team", label(state.team.as_ref())),
        ("category", label(state.content.category.as_ref())),
        (
            "skills",
            json!(
                state
                    .content
                    .skills
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            ),
        ),
        ("priority", json!(state.content.priority as u8)),
    ] {
        assert_eq!(row[column], expected, "{column} of {row:#}");
    }
    if status != "cancelled" {
        assert_eq!(row["assignee"], json!(assignee.map(|it| it.0)), "{row:#}");
    }
}

#[tokio::test]
async fn rows_are_a_fold_of_the_log_the_same_in_every_generation() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(22);
    let mut histories: Vec<History> = (0..60).map(|n| history(&mut random, n, 60)).collect();
    // Two of three assignments are a router's.
    for history in &mut histories {
        for (_, event) in &mut history.events {
            if let Event::Ticket(TicketEvent::Assigned {
                consultant,
                decision: recorded,
            }) = event
            {
                let number = consultant.0.as_u64_pair().1;
                let seed = random.below(900) as u32;
                *recorded = (!seed.is_multiple_of(3)).then(|| Box::new(decision(number, seed)));
            }
        }
    }
    let tickets = histories.len();
    histories.extend((0..30).map(|n| consultant_history(&mut random, n, 10)));
    histories.push(catalogue_history(&mut random, 40));
    let events = mixed(&histories, &mut random);
    // Two at once, in small batches, stopped in between.
    for some in events.chunks(events.len() / 8) {
        setting.append(some.to_vec()).await;
        let pair = [setting.project_routing(1), setting.project_routing(1)];
        setting.routing_caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }
    }
    let view = setting.routing_caught_up(1).await;
    let at_once = setting.project_routing(2);
    let again = setting.routing_caught_up(2).await;
    at_once.stop().await;
    assert_eq!(contents(&view).await, contents(&again).await);
    assert!(rows(&view, "parked_stream", "stream").await.is_empty());

    let ticket_rows = rows(&view, "ticket", "id").await;
    let mut expected = BTreeSet::new();
    let mut waiting = 0;
    for history in &histories[..tickets] {
        let StreamId::Ticket(id) = history.id else {
            panic!("a ticket");
        };
        if history.events.is_empty() {
            continue;
        }
        let row = ticket_rows.iter().find(|row| row["id"] == json!(id.0));
        let row = row.expect("each ticket has a row");
        agrees(row, history);
        waiting += u32::from(row["status"] == "open" && row["live"] == true);
        let events = ticket_events(history);
        for (place, event) in events.iter().enumerate() {
            if matches!(
                event,
                TicketEvent::Assigned {
                    decision: Some(_),
                    ..
                }
            ) {
                let mut after = (place + 1..).zip(&events[place + 1..]);
                let became = after.find_map(|(place, event)| Some((place + 1, answer(event)?)));
                expected.insert((id.0, place + 1, became));
            }
        }
    }
    let outcomes = rows(&view, "outcome", "ticket, version").await;
    let found: BTreeSet<_> = rows(&view, "decision", "ticket, version")
        .await
        .iter()
        .map(|decision| {
            let same = |row: &&Value| {
                row["ticket"] == decision["ticket"] && row["version"] == decision["version"]
            };
            let number = |value: &Value| value.as_u64().expect("a number") as usize;
            let became = outcomes.iter().find(same).map(|row| {
                let word = row["outcome"].as_str().expect("a word");
                let word = KNOWN.iter().find(|known| **known == word);
                (
                    number(&row["outcome_version"]),
                    *word.expect("a known word"),
                )
            });
            let ticket = decision["ticket"].as_str().expect("an id");
            (
                ticket.parse().expect("an id"),
                number(&decision["version"]),
                became,
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert!(waiting > 3 && outcomes.len() > 100, "too little happens");
    let kinds: BTreeSet<_> = found.iter().filter_map(|it| it.2.map(|it| it.1)).collect();
    assert!(kinds.len() >= 5, "too few kinds: {kinds:?}");
}

const KNOWN: [&str; 7] = [
    "accepted",
    "declined",
    "taken_back",
    "reassigned",
    "transferred",
    "resolved",
    "cancelled",
];
