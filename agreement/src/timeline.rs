//! The read model's timelines: a line for each event of a ticket.

use docket_domain::TicketEvent;
use docket_domain::command::Visibility;
use docket_domain::text::{Body, Personal};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::history::Past;
use crate::ticket::text;
use crate::told::time;
use crate::words::{is_erased, label, relation, word};

/// The line of the last event.
pub(crate) fn row(ticket: Uuid, past: Past<'_>, changes: &Map<String, Value>) -> Value {
    let told = past.last();
    let name = told.kind.strip_prefix("docket.ticket.");
    let name = name
        .and_then(|name| name.rsplit_once(".v"))
        .expect("a type");
    json!({
        "ticket_id": ticket,
        "version": past.version(),
        "type": name.0,
        "occurred_at": told.occurred_at(),
        "as_of": past.as_of(),
        "recorded_at": told.recorded_at(),
        "actor": told.context.actor.id.0,
        "role": told.context.actor.role.as_str(),
        "origin": word(told.context.origin),
        "visibility": word(visibility(told.ticket())),
        "data": data(told.ticket()),
        "changes": changes,
        "partition": told.partition,
        "sequence": told.sequence,
    })
}

/// What staff say and do among themselves is no customer's business.
fn visibility(event: &TicketEvent) -> Visibility {
    match event {
        TicketEvent::CommentAdded { visibility, .. } => *visibility,
        TicketEvent::Declined { .. }
        | TicketEvent::Unassigned { .. }
        | TicketEvent::Transferred { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::WorkLogged { .. } => Visibility::Internal,
        _ => Visibility::Public,
    }
}

/// What an event says besides the ticket's fields.
fn data(event: &TicketEvent) -> Value {
    match event {
        TicketEvent::Opened(_)
        | TicketEvent::Amended(_)
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived => json!({}),
        TicketEvent::Assigned { consultant, .. } | TicketEvent::Accepted { consultant } => {
            json!({"consultant": consultant.0})
        }
        TicketEvent::Declined { consultant, reason }
        | TicketEvent::Unassigned { consultant, reason } => {
            json!({"consultant": consultant.0, "reason": reason.as_str()})
        }
        TicketEvent::Transferred { team, reason } => {
            let reason = reason.as_ref().map(ToString::to_string);
            json!({"team": label(Some(team)), "reason": reason})
        }
        TicketEvent::Held { awaiting, note } => {
            with(json!({"awaiting": word(awaiting)}), "note", note.as_ref())
        }
        TicketEvent::Resumed { to } => {
            json!({"consultant": to.consultant().map(|it| it.0)})
        }
        TicketEvent::Resolved { code, note } => {
            with(json!({"code": code.as_str()}), "note", note.as_ref())
        }
        TicketEvent::Closed { reopen_until } => json!({"reopen_until": time(*reopen_until)}),
        TicketEvent::Reopened { reason, to } => {
            let to = to.consultant().map(|it| it.0);
            json!({"reason": reason.as_str(), "consultant": to})
        }
        TicketEvent::Cancelled { reason } => json!({"reason": reason.as_str()}),
        TicketEvent::CommentAdded {
            comment,
            visibility,
            text,
        } => with(
            json!({"comment": comment.0, "visibility": word(visibility)}),
            "text",
            Some(text),
        ),
        TicketEvent::Linked {
            other,
            relation: how,
        } => json!({"ticket": other.0, "relation": relation(*how)}),
        TicketEvent::WorkLogged {
            work,
            minutes,
            parts,
        } => {
            let parts = parts
                .iter()
                .map(|part| json!({"name": part.name.as_str(), "quantity": part.quantity}));
            let parts: Value = parts.collect();
            json!({"work": work.0, "minutes": minutes, "parts": parts})
        }
    }
}

/// Adds a text that may be personal; that it was destroyed is told beside it.
fn with(mut data: Value, name: &str, said: Option<&Personal<Body>>) -> Value {
    data[name] = text(said);
    if is_erased(said) {
        data["erased"] = json!([name]);
    }
    data
}
