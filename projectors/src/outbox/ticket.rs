//! Tickets: a row and one event make the next row, and the notifications that the event calls for.
//! Pure.

use docket_domain::command::{Amendment, Customer, OpenTicket, Origin};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::ticket::Assignment;
use docket_domain::{EventContext, Role, TicketEvent};
use uuid::Uuid;

use super::notification::{Call, Kind, Recipient, to_customer};
use crate::projector::FoldError;

/// A row of `ticket`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct TicketRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) number: i64,
    pub(crate) customer: Option<Uuid>,
    pub(crate) caller_name: Option<String>,
    pub(crate) caller_phone: Option<String>,
    pub(crate) caller_email: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) assignee: Option<Uuid>,
    pub(crate) assignment_told: bool,
    pub(crate) last_attempt: bool,
}

impl TicketRow {
    /// Nothing personal stays; whose ticket it is says only an id.
    pub(crate) fn forget(&mut self) {
        self.caller_name = None;
        self.caller_phone = None;
        self.caller_email = None;
        self.language = None;
        self.subject = None;
    }
}

/// Applies one event to the row as it was before it (`None`: no event yet).
pub(crate) fn apply(
    before: Option<&TicketRow>,
    ticket: TicketId,
    event: &TicketEvent,
    context: &EventContext,
) -> Result<(TicketRow, Vec<Call>), FoldError> {
    match (before, event) {
        (None, TicketEvent::Opened(open)) => {
            let row = opened(ticket, open)?;
            let live = context.origin == Origin::Live;
            Ok((row, to_customer(live, Kind::TicketReceived, None)))
        }
        (Some(_), TicketEvent::Opened(_)) => Err(FoldError::OpenedTwice),
        (None, _) => Err(FoldError::NotOpened),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            let calls = change(&mut row, event, context);
            Ok((row, calls))
        }
    }
}

fn opened(ticket: TicketId, open: &OpenTicket) -> Result<TicketRow, FoldError> {
    let printed = open.number.to_string();
    let number = printed
        .parse()
        .map_err(|_| FoldError::Number(open.number.value()))?;
    let (customer, caller) = match &open.customer {
        Customer::Registered(customer) => (Some(customer.0), None),
        Customer::Unregistered(caller) => (None, caller.known()),
    };
    Ok(TicketRow {
        id: ticket.0,
        version: 1,
        number,
        customer,
        caller_name: caller.map(|caller| caller.name.to_string()),
        caller_phone: caller.and_then(|caller| caller.phone.as_ref().map(ToString::to_string)),
        caller_email: caller.and_then(|caller| caller.email.as_ref().map(ToString::to_string)),
        language: open.language.as_ref().map(ToString::to_string),
        subject: open.subject.known().map(ToString::to_string),
        team: open.team.as_ref().map(ToString::to_string),
        assignee: None,
        assignment_told: false,
        last_attempt: false,
    })
}

/// What an event changes in an opened ticket besides its version, and whom it is told to.
fn change(row: &mut TicketRow, event: &TicketEvent, context: &EventContext) -> Vec<Call> {
    let live = context.origin == Origin::Live;
    match event {
        TicketEvent::Assigned {
            consultant,
            decision,
        } => {
            stand(row, Assignment::Assigned(*consultant));
            // What is given by hand is no attempt, and begins none.
            if let Some(why) = decision {
                row.last_attempt = why.is_last_attempt();
            }
            assigned(row, *consultant, live)
        }
        TicketEvent::Accepted { consultant } => {
            stand(row, Assignment::InProgress(*consultant));
            row.last_attempt = false;
            Vec::new()
        }
        TicketEvent::Declined { .. } => left(row, live),
        // Routers take back what isn't accepted in time. A manager who takes it has it in hand.
        TicketEvent::Unassigned { .. } => left(row, live && context.actor.role == Role::Service),
        TicketEvent::Transferred { team, .. } => {
            stand(row, Assignment::Nobody);
            row.team = Some(team.to_string());
            row.last_attempt = false;
            Vec::new()
        }
        TicketEvent::Resumed { to } => {
            stand(row, *to);
            Vec::new()
        }
        TicketEvent::Resolved { .. } => to_customer(live, Kind::TicketResolved, consultant(row)),
        TicketEvent::Reopened { to, .. } => {
            stand(row, *to);
            row.assignment_told = false;
            row.last_attempt = false;
            Vec::new()
        }
        TicketEvent::TravelStarted => to_customer(live, Kind::OnTheWay, consultant(row)),
        TicketEvent::Amended(amendment) => {
            if let Some(subject) = &amendment.subject {
                row.subject = subject.known().map(ToString::to_string);
            }
            row.last_attempt &= !asks_for_something(amendment);
            Vec::new()
        }
        // The opening is refused by the caller; of the others nobody is told.
        TicketEvent::Opened(_)
        | TicketEvent::Held { .. }
        | TicketEvent::Closed { .. }
        | TicketEvent::Cancelled { .. }
        | TicketEvent::CommentAdded { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::Arrived
        | TicketEvent::WorkLogged { .. } => Vec::new(),
    }
}

/// Then routers begin anew.
fn asks_for_something(amendment: &Amendment) -> bool {
    let Amendment {
        subject: _,
        description: _,
        category,
        skills,
        priority,
        place,
        fields: _,
    } = amendment;
    category.is_some() || skills.is_some() || priority.is_some() || place.is_some()
}

/// It leaves whoever had it; managers are to be told if it wasn't accepted and routers won't try
/// again.
fn left(row: &mut TicketRow, told: bool) -> Vec<Call> {
    stand(row, Assignment::Nobody);
    if told && row.last_attempt {
        let call = |recipient| Call {
            kind: Kind::NobodyAccepts,
            recipient,
            consultant: None,
        };
        vec![call(Recipient::Managers), call(Recipient::Endpoints)]
    } else {
        Vec::new()
    }
}

/// Other systems learn of every assignment, the customer of the first one: the next ones, while
/// consultants decline, are none of theirs.
fn assigned(row: &mut TicketRow, consultant: PersonId, live: bool) -> Vec<Call> {
    let mut calls = to_customer(live, Kind::TicketAssigned, Some(consultant));
    if row.assignment_told {
        calls.retain(|call| call.recipient != Recipient::Customer);
    }
    row.assignment_told |= live;
    calls
}

fn stand(row: &mut TicketRow, with: Assignment) {
    row.assignee = with.consultant().map(|consultant| consultant.0);
}

fn consultant(row: &TicketRow) -> Option<PersonId> {
    row.assignee.map(PersonId)
}
