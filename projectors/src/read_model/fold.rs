//! Tickets: a row and one event make the next row and a line of the timeline. Pure: no database, no
//! clock.

use docket_domain::command::{Amendment, Customer, OpenTicket};
use docket_domain::ids::TicketId;
use docket_domain::ticket::{Assignment, StatusName};
use docket_domain::{EventContext, TicketEvent};
use jiff_sqlx::Timestamp;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::entry;
use super::personal::{personal, place_json};
use super::row::{CallerJson, TicketRow, changes};
use super::words;
use crate::projector::{FoldError, RecordPlace, to_micros};

/// When and where something happened, as people's rows have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening {
    /// Business time.
    pub(crate) occurred_at: Timestamp,
    /// Where the record is.
    pub(crate) partition: i32,
}

impl Happening {
    pub(crate) fn new(context: &EventContext, place: RecordPlace) -> Self {
        Self {
            occurred_at: to_micros(context.occurred_at),
            partition: i32::from(place.partition),
        }
    }
}

/// A row of `timeline`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    missing_docs,
    reason = "documented in the migration that makes the table"
)]
pub struct TimelineRow {
    pub ticket_id: Uuid,
    pub version: i32,
    pub kind: &'static str,
    pub occurred_at: Timestamp,
    pub as_of: Timestamp,
    pub recorded_at: Timestamp,
    pub actor: Uuid,
    pub role: &'static str,
    pub origin: &'static str,
    pub visibility: &'static str,
    pub data: Value,
    pub changes: Value,
    pub partition: i32,
    pub sequence: i64,
}

/// Applies one event to the row as it was before it (`None`: no event yet).
pub fn apply(
    before: Option<&TicketRow>,
    ticket: TicketId,
    event: &TicketEvent,
    context: &EventContext,
    place: RecordPlace,
) -> Result<(TicketRow, TimelineRow), FoldError> {
    let occurred_at = to_micros(context.occurred_at);
    let row = match (before, event) {
        (None, TicketEvent::Opened(open)) => opened(ticket, open, context, place)?,
        (Some(_), TicketEvent::Opened(_)) => return Err(FoldError::OpenedTwice),
        (None, _) => return Err(FoldError::NotOpened),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            row.updated_at = row.updated_at.max(occurred_at);
            change(&mut row, event);
            row
        }
    };
    let line = TimelineRow {
        ticket_id: ticket.0,
        version: row.version,
        kind: entry::kind(event),
        occurred_at,
        as_of: row.updated_at,
        recorded_at: to_micros(place.recorded_at),
        actor: context.actor.id.0,
        role: context.actor.role.as_str(),
        origin: words::origin(context.origin),
        visibility: entry::visibility(event),
        data: entry::data(event),
        changes: Value::Object(changes(before, &row)),
        partition: i32::from(place.partition),
        sequence: place.sequence as i64,
    };
    Ok((row, line))
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
        .map_err(|_| FoldError::Number(printed.parse().unwrap_or(u64::MAX)))?;
    let at = to_micros(context.occurred_at);
    let mut erased = Vec::new();
    let (customer, caller) = match &open.customer {
        Customer::Registered(person) => (Some(person.0), None),
        Customer::Unregistered(caller) => {
            let caller = personal(&mut erased, "caller", Some(caller), |caller| {
                Json(CallerJson {
                    name: caller.name.to_string(),
                    phone: caller.phone.as_ref().map(ToString::to_string),
                    email: caller.email.as_ref().map(ToString::to_string),
                })
            });
            (None, caller)
        }
    };
    Ok(TicketRow {
        id: ticket.0,
        number,
        version: 1,
        status: StatusName::Open.as_str().to_owned(),
        customer,
        caller,
        reporter: context.actor.id.0,
        channel: words::channel(open.channel).to_owned(),
        store: open.store.as_ref().map(ToString::to_string),
        team: open.team.as_ref().map(ToString::to_string),
        assignee: None,
        subject: personal(
            &mut erased,
            "subject",
            Some(&open.subject),
            ToString::to_string,
        ),
        description: personal(
            &mut erased,
            "description",
            open.description.as_ref(),
            ToString::to_string,
        ),
        category: open.category.as_ref().map(ToString::to_string),
        skills: Json(open.skills.iter().map(ToString::to_string).collect()),
        priority: words::rank(open.priority),
        place: personal(&mut erased, "place", open.place.as_ref(), place_json),
        language: open.language.as_ref().map(ToString::to_string),
        fields: Json(
            open.fields
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        ),
        awaiting: None,
        resolution_code: None,
        resolution_note: None,
        erased: Json(erased),
        opened_at: at,
        updated_at: at,
        resolved_at: None,
        closed_at: None,
        reopen_until: None,
        reassignment_count: 0,
        assignment_count: 0,
        reopen_count: 0,
        origin: words::origin(context.origin).to_owned(),
        partition: i32::from(place.partition),
    })
}

/// What an event changes in an opened ticket, besides its version and `updated_at`, which is the
/// time of what happens here: business time never runs backwards within a ticket.
fn change(row: &mut TicketRow, event: &TicketEvent) {
    let now = row.updated_at;
    match event {
        TicketEvent::Assigned { consultant, .. } => {
            stand(row, Assignment::Assigned(*consultant));
            row.assignment_count += 1;
        }
        TicketEvent::Accepted { consultant } => stand(row, Assignment::InProgress(*consultant)),
        TicketEvent::Declined { .. } | TicketEvent::Unassigned { .. } => {
            stand(row, Assignment::Nobody);
        }
        TicketEvent::Transferred { team, .. } => {
            stand(row, Assignment::Nobody);
            let moved = row
                .team
                .as_deref()
                .is_some_and(|from| from != team.as_str());
            row.reassignment_count += i32::from(moved);
            row.team = Some(team.to_string());
        }
        TicketEvent::Held { awaiting, .. } => {
            StatusName::OnHold.as_str().clone_into(&mut row.status);
            row.awaiting = Some(words::awaiting(*awaiting).to_owned());
        }
        TicketEvent::Resumed { to } => stand(row, *to),
        TicketEvent::Resolved { code, note } => {
            enter(row, StatusName::Resolved);
            row.resolution_code = Some(code.to_string());
            row.resolution_note = personal(
                &mut row.erased.0,
                "resolution_note",
                note.as_ref(),
                ToString::to_string,
            );
            row.resolved_at = Some(now);
        }
        TicketEvent::Closed { reopen_until } => {
            enter(row, StatusName::Closed);
            row.closed_at = Some(now);
            row.reopen_until = Some(to_micros(*reopen_until));
        }
        TicketEvent::Reopened { to, .. } => {
            stand(row, *to);
            row.reopen_count += 1;
            row.resolution_code = None;
            row.resolution_note = None;
            row.erased.0.retain(|name| name != "resolution_note");
            row.resolved_at = None;
            row.closed_at = None;
            row.reopen_until = None;
        }
        TicketEvent::Cancelled { .. } => enter(row, StatusName::Cancelled),
        TicketEvent::Amended(amendment) => amend(row, amendment),
        // The opening is refused by the caller; the others are the timeline's alone.
        TicketEvent::Opened(_)
        | TicketEvent::CommentAdded { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived
        | TicketEvent::WorkLogged { .. } => {}
    }
}

/// Enters a status that keeps whoever has the ticket.
fn enter(row: &mut TicketRow, status: StatusName) {
    status.as_str().clone_into(&mut row.status);
    row.awaiting = None;
}

/// Puts the ticket into somebody's hands, or nobody's.
fn stand(row: &mut TicketRow, with: Assignment) {
    enter(row, words::status(with));
    row.assignee = with.consultant().map(|consultant| consultant.0);
}

fn amend(row: &mut TicketRow, amendment: &Amendment) {
    let erased = &mut row.erased.0;
    if let Some(subject) = &amendment.subject {
        row.subject = personal(erased, "subject", Some(subject), ToString::to_string);
    }
    if let Some(description) = &amendment.description {
        row.description = personal(
            erased,
            "description",
            description.as_ref(),
            ToString::to_string,
        );
    }
    if let Some(place) = &amendment.place {
        row.place = personal(erased, "place", place.as_ref(), place_json);
    }
    if let Some(category) = &amendment.category {
        row.category = category.as_ref().map(ToString::to_string);
    }
    if let Some(skills) = &amendment.skills {
        row.skills = Json(skills.iter().map(ToString::to_string).collect());
    }
    if let Some(priority) = amendment.priority {
        row.priority = words::rank(priority);
    }
    for (name, value) in &amendment.fields {
        match value {
            Some(value) => row.fields.0.insert(name.to_string(), value.to_string()),
            None => row.fields.0.remove(name.as_str()),
        };
    }
}
