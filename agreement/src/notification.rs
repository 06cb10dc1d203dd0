//! Which facts call for which notifications: each once, and none twice.

use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::SurveyEvent;
use docket_domain::{Role, TicketEvent};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::outbox::{is_last_attempt, is_told_of_assignment};
use crate::ticket::assignee;
use crate::told::{Told, time};

/// What ids are made in. It never changes: receivers know a repetition by the id.
const NAMESPACE: Uuid = uuid!("6f0c1b0e-5f3a-4d57-9c5d-2d8f3f6b9a11");

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let ticket = match history.id {
        StreamId::Ticket(ticket) => ticket,
        StreamId::Survey(survey) => survey.ticket,
        StreamId::Customer(_) | StreamId::Consultant(_) | StreamId::Catalogue => return,
    };
    for past in history.pasts() {
        let told = past.last();
        let (stream, version) = (history.id.to_string(), past.version());
        let (closing, expires_at) = survey(history.id, told);
        for (kind, recipient, consultant) in called_for(past) {
            let name = format!("{stream}/{version}/{kind}/{recipient}");
            expected.row(
                "notification",
                json!({
                    "id": Uuid::new_v5(&NAMESPACE, name.as_bytes()),
                    "stream": stream,
                    "version": version,
                    "kind": kind,
                    "recipient": recipient,
                    "ticket": ticket.0,
                    "consultant": consultant,
                    "closing": closing,
                    "expires_at": expires_at,
                    "occurred_at": told.occurred_at(),
                    "recorded_at": told.recorded_at(),
                    "partition": told.partition,
                    "sequence": told.sequence,
                }),
            );
        }
    }
}

/// Which closing an invitation is about, and until when it may be answered.
fn survey(id: StreamId, told: &Told) -> (Value, Value) {
    match (id, &told.event) {
        (StreamId::Survey(id), Event::Survey(SurveyEvent::Invited(invitation))) => {
            (json!(id.closing), time(invitation.expires_at))
        }
        _ => (Value::Null, Value::Null),
    }
}

/// What the last event calls for: kind, recipient and consultant.
fn called_for(past: Past<'_>) -> Vec<(&'static str, &'static str, Value)> {
    if !past.last().is_live() {
        return Vec::new();
    }
    if let Event::Survey(event) = &past.last().event {
        let SurveyEvent::Invited(invitation) = event else {
            return Vec::new();
        };
        let who = json!(invitation.consultant.map(|who| who.0));
        let to = ["customer", "endpoints"].map(|to| ("survey.invitation", to, who.clone()));
        return to.to_vec();
    }
    let before = past.before(past.told.len() - 1);
    let told_already = before.is_some_and(is_told_of_assignment);
    // By whoever has it, or by a router; not by somebody who took it into their own hands.
    let by_router = past.last().context.actor.role == Role::Service;
    let declined = matches!(past.last().ticket(), TicketEvent::Declined { .. });
    let given_up = before.is_some_and(is_last_attempt) && (declined || by_router);
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
