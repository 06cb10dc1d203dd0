//! Who works the ticket, and what they do.

use super::{ALREADY_SO, Decision, check_status, not_allowed, record};
use crate::actor::Role;
use crate::command::{CommandContext, CommandName, ENTRIES_MAX, PARTS_MAX, Part};
use crate::event::TicketEvent;
use crate::ids::{PersonId, WorkId};
use crate::rejection::{Countable, Rejection};
use crate::routing::Recorded;
use crate::text::{Label, Reason};
use crate::ticket::{Status, StatusName, TicketState, Visit};

/// Gives it to a consultant. Solved tickets keep their consultant for the record only, so "already
/// so" is a matter of those that are not solved.
pub(super) fn assign(
    state: &TicketState,
    context: &CommandContext,
    consultant: PersonId,
    decision: Option<&Recorded>,
) -> Decision {
    check_status(state, CommandName::Assign)?;
    if state.status.consultant() == Some(consultant) {
        return ALREADY_SO;
    }
    if state.declined.contains(&consultant) && !may_insist(context.actor.role) {
        return Err(Rejection::DeclinedBefore { consultant });
    }
    record(TicketEvent::Assigned {
        consultant,
        decision: decision.cloned().map(Box::new),
    })
}

/// Whose assignment stands although the consultant declined before: a manager decides it, and an
/// importer only tells what has been.
const fn may_insist(role: Role) -> bool {
    matches!(role, Role::Manager | Role::Administrator | Role::Importer)
}

pub(super) fn accept(state: &TicketState) -> Decision {
    match state.status {
        Status::Assigned { consultant } => record(TicketEvent::Accepted { consultant }),
        Status::InProgress { .. } => ALREADY_SO,
        _ => Err(not_allowed(state, CommandName::Accept)),
    }
}

pub(super) fn decline(state: &TicketState, reason: &Reason) -> Decision {
    match state.status {
        Status::Assigned { consultant } => record(TicketEvent::Declined {
            consultant,
            reason: reason.clone(),
        }),
        _ => Err(not_allowed(state, CommandName::Decline)),
    }
}

/// Takes it from its consultant; while it waits for one (on hold or not), that is already so.
pub(super) fn unassign(state: &TicketState, reason: &Reason) -> Decision {
    if state.status.name() == StatusName::Open {
        return ALREADY_SO;
    }
    check_status(state, CommandName::Unassign)?;
    match state.status.consultant() {
        Some(consultant) => record(TicketEvent::Unassigned {
            consultant,
            reason: reason.clone(),
        }),
        None => ALREADY_SO,
    }
}

/// Moves it to a team, where it waits. From a consultant it may go back to the team it is in.
pub(super) fn transfer(state: &TicketState, team: &Label, reason: Option<&Reason>) -> Decision {
    check_status(state, CommandName::Transfer)?;
    if state.status.consultant().is_none() && state.team.as_ref() == Some(team) {
        return ALREADY_SO;
    }
    record(TicketEvent::Transferred {
        team: team.clone(),
        reason: reason.cloned(),
    })
}

/// From the last place as well: a second visit.
pub(super) fn start_travel(state: &TicketState) -> Decision {
    check_consultant(state, CommandName::StartTravel)?;
    match state.visit {
        Visit::Travelling => ALREADY_SO,
        Visit::None | Visit::Arrived => record(TicketEvent::TravelStarted),
    }
}

/// Without having set out as well: who was there already.
pub(super) fn arrive(state: &TicketState) -> Decision {
    check_consultant(state, CommandName::Arrive)?;
    match state.visit {
        Visit::Arrived => ALREADY_SO,
        Visit::None | Visit::Travelling => record(TicketEvent::Arrived),
    }
}

pub(super) fn log_work(
    state: &TicketState,
    work: WorkId,
    minutes: u32,
    parts: &[Part],
) -> Decision {
    if state.entries.contains(&work.0) {
        return ALREADY_SO;
    }
    check_consultant(state, CommandName::LogWork)?;
    if parts.len() > PARTS_MAX {
        return Err(Rejection::full(Countable::Parts, PARTS_MAX));
    }
    if state.entries.len() >= ENTRIES_MAX {
        return Err(Rejection::full(Countable::Entries, ENTRIES_MAX));
    }
    record(TicketEvent::WorkLogged {
        work,
        minutes,
        parts: parts.to_vec(),
    })
}

/// The status allows it and there is somebody to do it (a ticket on hold need not have anybody).
fn check_consultant(state: &TicketState, command: CommandName) -> Result<(), Rejection> {
    check_status(state, command)?;
    match state.status.consultant() {
        Some(_) => Ok(()),
        None => Err(not_allowed(state, command)),
    }
}
