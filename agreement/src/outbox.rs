//! What the outbox keeps of tickets and people, so that notifications can be written.

use std::collections::HashSet;

use docket_domain::TicketEvent;
use docket_domain::command::{Caller, Customer};
use docket_domain::routing::Recorded;
use docket_domain::stream::StreamId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::consultant;
use crate::customer::{Said, is_forgotten};
use crate::fold::Expected;
use crate::history::{History, Past};
use crate::routing::decision_of;
use crate::ticket::{assignee, opening, text};
use crate::words::{known, label, word};

/// With the customers that had to be forgotten: of them their tickets say nothing either.
pub(crate) fn rows(history: &History, forgotten: &HashSet<Uuid>, expected: &mut Expected) {
    let past = history.now();
    match history.id {
        StreamId::Ticket(id) => {
            let mut row = ticket(id.0, past);
            let of = opening(past).customer.clone();
            if matches!(of, Customer::Registered(who) if forgotten.contains(&who.0)) {
                row["subject"] = Value::Null;
                row["language"] = Value::Null;
            }
            expected.row("ticket", row);
        }
        StreamId::Customer(id) => expected.row("customer", customer(id.0, past)),
        StreamId::Consultant(id) => {
            let name = known(consultant::name(past), |name| json!(name.as_str()));
            let version = past.version();
            let row = json!({"id": id.0, "version": version, "name": name});
            expected.row("consultant", row);
        }
        StreamId::Survey(_) | StreamId::Catalogue => {}
    }
}

fn ticket(id: Uuid, past: Past<'_>) -> Value {
    let open = opening(past);
    let (customer, caller) = match &open.customer {
        Customer::Registered(customer) => (Some(customer.0), None),
        Customer::Unregistered(caller) => (None, caller.known()),
    };
    let given = |give: fn(&Caller) -> Option<String>| caller.and_then(give);
    let number: u64 = open.number.to_string().parse().expect("a number");
    let subject = past.latest_of_ticket(|event| match event {
        TicketEvent::Opened(open) => Some(&open.subject),
        TicketEvent::Amended(change) => change.subject.as_ref(),
        _ => None,
    });
    json!({
        "id": id,
        "version": past.version(),
        "number": number,
        "customer": customer,
        "caller_name": given(|caller| Some(caller.name.to_string())),
        "caller_phone": given(|caller| caller.phone.as_ref().map(ToString::to_string)),
        "caller_email": given(|caller| caller.email.as_ref().map(ToString::to_string)),
        "language": label(open.language.as_ref()),
        "subject": text(subject),
        "team": label(past.ticket().team.as_ref()),
        "assignee": assignee(past),
        "assignment_told": is_told_of_assignment(past),
        "last_attempt": is_last_attempt(past),
    })
}

/// Whether the customer knows of an assignment, since it was opened or came back.
pub(crate) fn is_told_of_assignment(past: Past<'_>) -> bool {
    let back = past.last_place(|told| matches!(told.ticket(), TicketEvent::Reopened { .. }));
    let since = &past.told[back.unwrap_or(0)..];
    let mut live = since.iter().filter(|told| told.is_live());
    live.any(|told| matches!(told.ticket(), TicketEvent::Assigned { .. }))
}

/// Whether routers leave it to a manager if it isn't accepted: the last time that one gave it to
/// somebody was the last attempt, and nothing has come since that lets them begin anew.
pub(crate) fn is_last_attempt(past: Past<'_>) -> bool {
    let routed = past.last_place(|told| decision_of(told.ticket()).is_some());
    let anew = past.last_place(|told| match told.ticket() {
        TicketEvent::Accepted { .. }
        | TicketEvent::Transferred { .. }
        | TicketEvent::Reopened { .. } => true,
        TicketEvent::Amended(to) => {
            to.category.is_some()
                || to.skills.is_some()
                || to.priority.is_some()
                || to.place.is_some()
        }
        _ => false,
    });
    let Some(place) = routed.filter(|place| Some(*place) > anew) else {
        return false;
    };
    decision_of(past.told[place].ticket()).is_some_and(Recorded::is_last_attempt)
}

/// Of somebody who had to be forgotten nothing is left but that they want nothing.
fn customer(id: Uuid, past: Past<'_>) -> Value {
    let said = Said::of(past);
    let gone = is_forgotten(past);
    let mut row = json!({
        "id": id,
        "version": past.version(),
        "channel": if gone { "none".to_owned() } else { word(said.channel) },
        "language": if gone { Value::Null } else { label(said.language) },
        "surveys": !gone && said.surveys,
        "erased": gone,
    });
    for (column, value) in said.contact() {
        row[column] = if gone { Value::Null } else { value };
    }
    row
}
