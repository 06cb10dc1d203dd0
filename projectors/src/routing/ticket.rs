//! Tickets: a row and one event make the next row, as routers see them; and what the event says of
//! the decision before it. Pure.

use std::collections::BTreeMap;

use docket_domain::command::{Amendment, OpenTicket, Origin, Place, Point};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::ASKED_AGAIN_AFTER;
use docket_domain::text::{Label, Personal, Reason};
use docket_domain::ticket::{Assignment, StatusName};
use docket_domain::{EventContext, TicketEvent};
use jiff_sqlx::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::decision::Answered;
use crate::projector::{FoldError, RecordPlace, to_micros};
use crate::read_model::words;

/// A row of `ticket`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct TicketRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) number: i64,
    pub(crate) status: String,
    pub(crate) since: Timestamp,
    pub(crate) live: bool,
    pub(crate) assignee: Option<Uuid>,
    pub(crate) attempts: i32,
    pub(crate) attempts_max: Option<i64>,
    pub(crate) awaits: Option<i32>,
    pub(crate) passed: Json<BTreeMap<Uuid, Option<jiff::Timestamp>>>,
    pub(crate) opened_at: Timestamp,
    pub(crate) team: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) skills: Json<Vec<String>>,
    pub(crate) priority: i16,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) partition: i32,
}

/// Applies one event to the row as it was before it (`None`: no event yet).
pub(crate) fn apply(
    before: Option<&TicketRow>,
    ticket: TicketId,
    event: &TicketEvent,
    context: &EventContext,
    place: RecordPlace,
) -> Result<TicketRow, FoldError> {
    match (before, event) {
        (None, TicketEvent::Opened(open)) => opened(ticket, open, context, place),
        (Some(_), TicketEvent::Opened(_)) => Err(FoldError::OpenedTwice),
        (None, _) => Err(FoldError::NotOpened),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            if course(&mut row, event, place) {
                row.since = to_micros(place.recorded_at);
                row.live = context.origin == Origin::Live;
            } else if let TicketEvent::Amended(amendment) = event {
                amend(&mut row, amendment);
            }
            Ok(row)
        }
    }
}

fn opened(
    ticket: TicketId,
    open: &OpenTicket,
    context: &EventContext,
    place: RecordPlace,
) -> Result<TicketRow, FoldError> {
    let printed = open.number.to_string();
    let number = printed
        .parse()
        .map_err(|_| FoldError::Number(open.number.value()))?;
    let point = point(open.place.as_ref());
    Ok(TicketRow {
        id: ticket.0,
        version: 1,
        number,
        status: StatusName::Open.as_str().to_owned(),
        since: to_micros(place.recorded_at),
        live: context.origin == Origin::Live,
        assignee: None,
        attempts: 0,
        attempts_max: None,
        awaits: None,
        passed: Json(BTreeMap::new()),
        opened_at: to_micros(context.occurred_at),
        team: text(open.team.as_ref()),
        category: text(open.category.as_ref()),
        store: text(open.store.as_ref()),
        skills: texts(&open.skills),
        priority: words::rank(open.priority),
        latitude: point.map(Point::latitude),
        longitude: point.map(Point::longitude),
        partition: i32::from(place.partition),
    })
}

/// What an event changes of where the ticket stands; says whether it is about that.
fn course(row: &mut TicketRow, event: &TicketEvent, place: RecordPlace) -> bool {
    match event {
        TicketEvent::Assigned {
            consultant,
            decision,
        } => {
            stand(row, Assignment::Assigned(*consultant));
            if let Some(decision) = decision {
                row.attempts += 1;
                row.attempts_max = Some(decision.attempts_max.into());
                row.awaits = Some(row.version);
            }
        }
        TicketEvent::Accepted { consultant } => {
            stand(row, Assignment::InProgress(*consultant));
            row.attempts = 0;
        }
        TicketEvent::Declined { consultant, .. } => {
            row.passed.insert(consultant.0, None);
            stand(row, Assignment::Nobody);
        }
        TicketEvent::Unassigned { consultant, .. } => {
            let until = place.recorded_at.checked_add(ASKED_AGAIN_AFTER).ok();
            pass(
                row,
                *consultant,
                until.map(|until| to_micros(until).to_jiff()),
            );
            stand(row, Assignment::Nobody);
        }
        TicketEvent::Transferred { team, .. } => {
            row.team = Some(team.to_string());
            stand(row, Assignment::Nobody);
            begin_anew(row);
        }
        // Whoever was asked before it may still answer after it.
        TicketEvent::Held { .. } => enter(row, StatusName::OnHold),
        TicketEvent::Resumed { to } => {
            let awaits = row.awaits;
            stand(row, *to);
            row.awaits = awaits;
        }
        TicketEvent::Resolved { .. } => {
            enter(row, StatusName::Resolved);
            row.awaits = None;
        }
        TicketEvent::Closed { .. } => enter(row, StatusName::Closed),
        TicketEvent::Reopened { to, .. } => {
            stand(row, *to);
            begin_anew(row);
        }
        TicketEvent::Cancelled { .. } => {
            enter(row, StatusName::Cancelled);
            row.awaits = None;
        }
        // The opening is refused by the caller.
        TicketEvent::Opened(_)
        | TicketEvent::Amended(_)
        | TicketEvent::CommentAdded { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived
        | TicketEvent::WorkLogged { .. } => return false,
    }
    true
}

/// What an event says of a decision that awaits an answer; `None` if it is none.
pub(crate) fn answer(event: &TicketEvent) -> Option<Answered> {
    let answered = |outcome, reason: Option<&Reason>| {
        let reason = reason.map(ToString::to_string);
        Some(Answered { outcome, reason })
    };
    match event {
        TicketEvent::Accepted { .. } => answered("accepted", None),
        TicketEvent::Declined { reason, .. } => answered("declined", Some(reason)),
        TicketEvent::Unassigned { reason, .. } => answered("taken_back", Some(reason)),
        TicketEvent::Assigned { .. } => answered("reassigned", None),
        TicketEvent::Transferred { reason, .. } => answered("transferred", reason.as_ref()),
        TicketEvent::Resolved { .. } => answered("resolved", None),
        TicketEvent::Cancelled { reason } => answered("cancelled", Some(reason)),
        TicketEvent::Opened(_)
        | TicketEvent::Held { .. }
        | TicketEvent::Resumed { .. }
        | TicketEvent::Closed { .. }
        | TicketEvent::Reopened { .. }
        | TicketEvent::Amended(_)
        | TicketEvent::CommentAdded { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived
        | TicketEvent::WorkLogged { .. } => None,
    }
}

/// Enters a status that keeps whoever has the ticket.
fn enter(row: &mut TicketRow, status: StatusName) {
    status.as_str().clone_into(&mut row.status);
}

/// Puts the ticket into somebody's hands, or nobody's: an earlier decision is settled by it.
fn stand(row: &mut TicketRow, with: Assignment) {
    enter(row, words::status(with));
    row.assignee = with.consultant().map(|consultant| consultant.0);
    row.awaits = None;
}

/// They aren't asked for it until then, or for good; a decline stays one.
fn pass(row: &mut TicketRow, who: PersonId, until: Option<jiff::Timestamp>) {
    let passed = row.passed.entry(who.0).or_insert(until);
    *passed = passed.and(until);
}

/// It is another matter now, for everybody.
fn begin_anew(row: &mut TicketRow) {
    row.attempts = 0;
    row.passed.clear();
}

/// Asked for anew, it is offered anew.
fn amend(row: &mut TicketRow, amendment: &Amendment) {
    let before = row.clone();
    if let Some(category) = &amendment.category {
        row.category = text(category.as_ref());
    }
    if let Some(skills) = &amendment.skills {
        row.skills = texts(skills);
    }
    if let Some(priority) = amendment.priority {
        row.priority = words::rank(priority);
    }
    if let Some(place) = &amendment.place {
        let point = point(place.as_ref());
        row.latitude = point.map(Point::latitude);
        row.longitude = point.map(Point::longitude);
    }
    if *row != before {
        begin_anew(row);
    }
}

fn point(place: Option<&Personal<Place>>) -> Option<Point> {
    place
        .and_then(Personal::known)
        .and_then(|place| place.point)
}

fn text(label: Option<&Label>) -> Option<String> {
    label.map(ToString::to_string)
}

fn texts(labels: &[Label]) -> Json<Vec<String>> {
    Json(labels.iter().map(ToString::to_string).collect())
}
