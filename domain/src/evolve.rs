//! What an event makes of a ticket.

use crate::command::{Amendment, Customer, OpenTicket};
use crate::event::{EventContext, TicketEvent};
use crate::ticket::{Assignment, Content, Digest, Status, Ticket, TicketState, Visit};

/// The ticket after the event. Never panics and never refuses: what lies in the log has happened.
///
/// Events that [`decide`](crate::decide()) can't have written (before the ticket was opened, or out
/// of order) are folded as far as they make sense, the same way everywhere: before `Opened` they
/// change nothing, a second `Opened` only counts.
pub fn evolve(ticket: Ticket, context: &EventContext, event: &TicketEvent) -> Ticket {
    match ticket {
        Ticket::Unopened => {
            if let TicketEvent::Opened(open) = event {
                Ticket::Opened(Box::new(opened(context, open)))
            } else {
                Ticket::Unopened
            }
        }
        Ticket::Opened(mut state) => {
            state.version = state.version.saturating_add(1);
            state.as_of = state.as_of.max(context.occurred_at);
            state.saw_source_sequence(context.source_sequence);
            apply(&mut state, event);
            Ticket::Opened(state)
        }
    }
}

fn opened(context: &EventContext, open: &OpenTicket) -> TicketState {
    TicketState {
        version: 1,
        number: open.number,
        reporter: context.actor.id,
        customer: match &open.customer {
            Customer::Registered(person) => Some(*person),
            Customer::Unregistered(_) => None,
        },
        team: open.team.clone(),
        status: Status::Open,
        declined: Vec::new(),
        reopen_count: 0,
        source_sequence: context.source_sequence,
        as_of: context.occurred_at,
        visit: Visit::None,
        links: Vec::new(),
        entries: Vec::new(),
        content: Content {
            subject: Digest::from(&open.subject),
            description: open.description.as_ref().map(Digest::from),
            category: open.category.clone(),
            skills: open.skills.clone(),
            priority: open.priority,
            place: open.place.as_ref().map(Digest::from),
            fields: open
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), Digest::from(value)))
                .collect(),
        },
    }
}

fn apply(state: &mut TicketState, event: &TicketEvent) {
    match event {
        TicketEvent::Opened(_) => {}
        TicketEvent::Assigned { consultant, .. } => {
            hand_over(state, Assignment::Assigned(*consultant));
        }
        TicketEvent::Accepted { consultant } => {
            state.status = Status::InProgress {
                consultant: *consultant,
            };
        }
        TicketEvent::Declined { consultant, .. } => {
            if !state.declined.contains(consultant) {
                state.declined.push(*consultant);
            }
            hand_over(state, Assignment::Nobody);
        }
        TicketEvent::Unassigned { .. } => hand_over(state, Assignment::Nobody),
        TicketEvent::Transferred { team, .. } => {
            state.team = Some(team.clone());
            state.declined.clear();
            hand_over(state, Assignment::Nobody);
        }
        TicketEvent::Held { awaiting, .. } => {
            state.status = Status::OnHold {
                awaiting: *awaiting,
                was: assignment(&state.status),
            };
        }
        TicketEvent::Resumed { to } => state.status = Status::from(*to),
        TicketEvent::Resolved { code, .. } => {
            state.status = Status::Resolved {
                code: code.clone(),
                consultant: state.status.consultant(),
            };
        }
        TicketEvent::Closed { reopen_until } => {
            if let Status::Resolved { code, consultant } = &state.status {
                state.status = Status::Closed {
                    code: code.clone(),
                    consultant: *consultant,
                    reopen_until: *reopen_until,
                };
            }
        }
        TicketEvent::Reopened { to, .. } => {
            state.reopen_count = state.reopen_count.saturating_add(1);
            state.declined.clear();
            hand_over(state, *to);
        }
        TicketEvent::Cancelled { .. } => state.status = Status::Cancelled,
        TicketEvent::Amended(amendment) => {
            let asked = state.content.asks_for();
            amend(&mut state.content, amendment);
            if state.content.asks_for() != asked {
                state.declined.clear();
            }
        }
        TicketEvent::CommentAdded { comment, .. } => state.entries.push(comment.0),
        TicketEvent::Linked { other, relation } => state.links.push((*other, *relation)),
        TicketEvent::TravelStarted => state.visit = Visit::Travelling,
        TicketEvent::Arrived => state.visit = Visit::Arrived,
        TicketEvent::WorkLogged { work, .. } => state.entries.push(work.0),
    }
}

/// A new round of work: whoever has it now hasn't set out yet.
fn hand_over(state: &mut TicketState, to: Assignment) {
    state.status = Status::from(to);
    state.visit = Visit::None;
}

/// Who has a ticket of that status, as [`Status::OnHold`] keeps it.
fn assignment(status: &Status) -> Assignment {
    match status {
        Status::Assigned { consultant } => Assignment::Assigned(*consultant),
        Status::InProgress { consultant } => Assignment::InProgress(*consultant),
        Status::OnHold { was, .. } => *was,
        Status::Resolved { consultant, .. } | Status::Closed { consultant, .. } => {
            consultant.map_or(Assignment::Nobody, Assignment::InProgress)
        }
        Status::Open | Status::Cancelled => Assignment::Nobody,
    }
}

fn amend(content: &mut Content, amendment: &Amendment) {
    let Amendment {
        subject,
        description,
        category,
        skills,
        priority,
        place,
        fields,
    } = amendment;
    if let Some(subject) = subject {
        content.subject = Digest::from(subject);
    }
    if let Some(description) = description {
        content.description = description.as_ref().map(Digest::from);
    }
    if let Some(category) = category {
        content.category.clone_from(category);
    }
    if let Some(skills) = skills {
        content.skills.clone_from(skills);
    }
    if let Some(priority) = priority {
        content.priority = *priority;
    }
    if let Some(place) = place {
        content.place = place.as_ref().map(Digest::from);
    }
    for (name, value) in fields {
        content.fields.set(name, value.as_ref().map(Digest::from));
    }
}
