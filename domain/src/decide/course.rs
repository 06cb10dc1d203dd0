//! The ticket's course: it waits, goes on, is solved, over, back, given up.

use jiff::Timestamp;

use super::{ALREADY_SO, Decision, check_status, not_allowed, record};
use crate::command::{Awaiting, CommandContext, CommandName};
use crate::event::TicketEvent;
use crate::rejection::Rejection;
use crate::text::{Body, Label, Personal, Reason};
use crate::ticket::{Assignment, Status, TicketState};

/// On hold already it may come to wait for something else; who has it stays the same.
pub(super) fn hold(
    state: &TicketState,
    awaiting: Awaiting,
    note: Option<&Personal<Body>>,
) -> Decision {
    check_status(state, CommandName::Hold)?;
    match state.status {
        Status::OnHold { awaiting: now, .. } if now == awaiting => ALREADY_SO,
        _ => record(TicketEvent::Held {
            awaiting,
            note: note.cloned(),
        }),
    }
}

pub(super) fn resume(state: &TicketState) -> Decision {
    match state.status {
        Status::OnHold { was, .. } => record(TicketEvent::Resumed { to: was }),
        _ => Err(not_allowed(state, CommandName::Resume)),
    }
}

pub(super) fn resolve(
    state: &TicketState,
    code: &Label,
    note: Option<&Personal<Body>>,
) -> Decision {
    if matches!(&state.status, Status::Resolved { code: now, .. } if now == code) {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Resolve)?;
    record(TicketEvent::Resolved {
        code: code.clone(),
        note: note.cloned(),
    })
}

pub(super) fn close(state: &TicketState, reopen_until: Timestamp) -> Decision {
    if matches!(state.status, Status::Closed { .. }) {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Close)?;
    record(TicketEvent::Closed { reopen_until })
}

/// Its consultant goes on with it, if it was solved by one; else it waits for one.
pub(super) fn reopen(state: &TicketState, context: &CommandContext, reason: &Reason) -> Decision {
    check_status(state, CommandName::Reopen)?;
    if let Status::Closed { reopen_until, .. } = state.status
        && context.occurred_at > reopen_until
    {
        return Err(Rejection::ReopenWindowOver {
            until: reopen_until,
        });
    }
    record(TicketEvent::Reopened {
        reason: reason.clone(),
        to: state
            .status
            .consultant()
            .map_or(Assignment::Nobody, Assignment::InProgress),
    })
}

pub(super) fn cancel(state: &TicketState, reason: &Reason) -> Decision {
    if state.status == Status::Cancelled {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Cancel)?;
    record(TicketEvent::Cancelled {
        reason: reason.clone(),
    })
}
