//! Which facts call for which notifications: each once, and none twice.

use docket_domain::TicketEvent;
use docket_domain::stream::StreamId;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::outbox::{is_last_attempt, is_told_of_assignment};
use crate::ticket::assignee;

/// What ids are made in. It never changes: receivers know a repetition by the id.
const NAMESPACE: Uuid = uuid!("6f0c1b0e-5f3a-4d57-9c5d-2d8f3f6b9a11");

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let StreamId::Ticket(ticket) = history.id else {
        return;
    };
    for past in history.pasts() {
        let told = past.last();
        let version = past.version();
        for (kind, recipient, consultant) in called_for(past) {
            let name = format!("ticket-{ticket}/{version}/{kind}/{recipient}");
            expected.row(
                "notification",
                json!({
                    "id": Uuid::new_v5(&NAMESPACE, name.as_bytes()),
                    "stream": format!("ticket-{ticket}"),
                    "version": version,
                    "kind": kind,
                    "recipient": recipient,
                    "ticket": ticket.0,
                    "consultant": consultant,
                    "occurred_at": told.occurred_at(),
                    "recorded_at": told.recorded_at(),
                    "partition": told.partition,
                    "sequence": told.sequence,
                }),
            );
        }
    }
}

/// What the last event calls for: kind, recipient and consultant.
fn called_for(past: Past<'_>) -> Vec<(&'static str, &'static str, Value)> {
    if !past.last().is_live() {
        return Vec::new();
    }
    let before = past.before(past.told.len() - 1);
    let told_already = before.is_some_and(is_told_of_assignment);
    let given_up = before.is_some_and(is_last_attempt);
    let (kind, recipients, consultant): (_, &[_], _) = match past.last().ticket() {
        TicketEvent::Opened(_) => ("ticket.received", &["customer", "endpoints"], Value::Null),
        TicketEvent::Assigned { consultant, .. } if told_already => {
            ("ticket.assigned", &["endpoints"], json!(consultant.0))
        }
        TicketEvent::Assigned { consultant, .. } => {
            let recipients = &["customer", "endpoints"];
            ("ticket.assigned", recipients, json!(consultant.0))
        }
        TicketEvent::TravelStarted => (
            "ticket.on_the_way",
            &["customer", "endpoints"],
            assignee(past),
        ),
        TicketEvent::Resolved { .. } => (
            "ticket.resolved",
            &["customer", "endpoints"],
            assignee(past),
        ),
        TicketEvent::Declined { .. } | TicketEvent::Unassigned { .. } if given_up => (
            "ticket.nobody_accepts",
            &["managers", "endpoints"],
            Value::Null,
        ),
        _ => return Vec::new(),
    };
    let to = recipients.iter().map(|to| (kind, *to, consultant.clone()));
    to.collect()
}
