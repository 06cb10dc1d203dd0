//! What a line of the timeline says of an event: its name, who may see it, and what it says that
//! isn't a field of the ticket.

use docket_domain::TicketEvent;
use docket_domain::command::Visibility;
use docket_domain::text::{Body, Personal, Text};
use serde_json::{Value, json};

use super::words;

/// The event's name in the timeline.
pub(crate) const fn kind(event: &TicketEvent) -> &'static str {
    match event {
        TicketEvent::Opened(_) => "opened",
        TicketEvent::Assigned { .. } => "assigned",
        TicketEvent::Accepted { .. } => "accepted",
        TicketEvent::Declined { .. } => "declined",
        TicketEvent::Unassigned { .. } => "unassigned",
        TicketEvent::Transferred { .. } => "transferred",
        TicketEvent::Held { .. } => "held",
        TicketEvent::Resumed { .. } => "resumed",
        TicketEvent::Resolved { .. } => "resolved",
        TicketEvent::Closed { .. } => "closed",
        TicketEvent::Reopened { .. } => "reopened",
        TicketEvent::Cancelled { .. } => "cancelled",
        TicketEvent::Amended(_) => "amended",
        TicketEvent::CommentAdded { .. } => "comment_added",
        TicketEvent::Linked { .. } => "linked",
        TicketEvent::TravelStarted => "travel_started",
        TicketEvent::Arrived => "arrived",
        TicketEvent::WorkLogged { .. } => "work_logged",
    }
}

/// Whether customers may see it. What staff say among themselves is theirs: internal comments,
/// why a consultant didn't take or keep a ticket, how it went from team to team, what work was
/// booked, and which other tickets (of other customers, maybe) it has to do with.
pub(crate) const fn visibility(event: &TicketEvent) -> &'static str {
    match event {
        TicketEvent::CommentAdded { visibility, .. } => words::visibility(*visibility),
        TicketEvent::Declined { .. }
        | TicketEvent::Unassigned { .. }
        | TicketEvent::Transferred { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::WorkLogged { .. } => words::visibility(Visibility::Internal),
        TicketEvent::Opened(_)
        | TicketEvent::Assigned { .. }
        | TicketEvent::Accepted { .. }
        | TicketEvent::Held { .. }
        | TicketEvent::Resumed { .. }
        | TicketEvent::Resolved { .. }
        | TicketEvent::Closed { .. }
        | TicketEvent::Reopened { .. }
        | TicketEvent::Cancelled { .. }
        | TicketEvent::Amended(_)
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived => words::visibility(Visibility::Public),
    }
}

/// What the event says. Of an opening and an amendment, everything is in `changes` already.
pub(crate) fn data(event: &TicketEvent) -> Value {
    match event {
        TicketEvent::Opened(_)
        | TicketEvent::Amended(_)
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived => json!({}),
        TicketEvent::Assigned { consultant, .. } | TicketEvent::Accepted { consultant } => {
            json!({ "consultant": consultant.0 })
        }
        TicketEvent::Declined { consultant, reason }
        | TicketEvent::Unassigned { consultant, reason } => {
            json!({ "consultant": consultant.0, "reason": reason.as_str() })
        }
        TicketEvent::Transferred { team, reason } => json!({
            "team": team.as_str(),
            "reason": reason.as_ref().map(Text::as_str),
        }),
        TicketEvent::Held { awaiting, note } => said(
            json!({ "awaiting": words::awaiting(*awaiting) }),
            "note",
            note.as_ref(),
        ),
        TicketEvent::Resumed { to } => json!({
            "consultant": to.consultant().map(|consultant| consultant.0),
        }),
        TicketEvent::Resolved { code, note } => {
            said(json!({ "code": code.as_str() }), "note", note.as_ref())
        }
        TicketEvent::Closed { reopen_until } => json!({
            "reopen_until": crate::projector::to_micros(*reopen_until).to_jiff().to_string(),
        }),
        TicketEvent::Reopened { reason, to } => json!({
            "reason": reason.as_str(),
            "consultant": to.consultant().map(|consultant| consultant.0),
        }),
        TicketEvent::Cancelled { reason } => json!({ "reason": reason.as_str() }),
        TicketEvent::CommentAdded {
            comment,
            visibility,
            text,
        } => said(
            json!({ "comment": comment.0, "visibility": words::visibility(*visibility) }),
            "text",
            Some(text),
        ),
        TicketEvent::Linked { other, relation } => {
            json!({ "ticket": other.0, "relation": words::relation(*relation) })
        }
        TicketEvent::WorkLogged {
            work,
            minutes,
            parts,
        } => json!({
            "work": work.0,
            "minutes": minutes,
            "parts": parts
                .iter()
                .map(|part| json!({ "name": part.name.as_str(), "quantity": part.quantity }))
                .collect::<Vec<_>>(),
        }),
    }
}

/// Adds a personal text: the text, null where there is none, or null and its name among `erased`.
fn said(mut data: Value, name: &str, text: Option<&Personal<Body>>) -> Value {
    data[name] = text.and_then(Personal::known).map(Text::as_str).into();
    if matches!(text, Some(Personal::Erased)) {
        data["erased"] = json!([name]);
    }
    data
}
