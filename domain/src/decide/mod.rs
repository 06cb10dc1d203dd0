//! What becomes of a command: an event, nothing because it is already so, or a rejection.

mod content;
mod course;
mod work;

use crate::command::{CommandContext, CommandName, TicketCommand};
use crate::event::TicketEvent;
use crate::ids::TicketId;
use crate::preconditions::{check_time, check_version, is_seen};
use crate::rejection::Rejection;
use crate::ticket::{StatusName, Ticket, TicketState};

/// An event, nothing because it is already so, or a rejection; of a ticket unless another stream's
/// event is named.
pub type Decision<Event = TicketEvent> = Result<Option<Event>, Rejection>;

/// Decides a command that [`authorize`](crate::authorize) let pass, on the same state.
///
/// In this order: whether the ticket exists; whether the command's source sequence was seen before
/// (then it is done, however it ended); whether the sender decided on this version; whether the
/// actor may state that business time; whether what is asked is already so; whether the status
/// allows it ([`allowed_in`]); and then the command's own conditions. A command that was accepted,
/// sent again to the ticket as it then is, is nothing or a rejection, never a second effect.
pub fn decide(
    id: TicketId,
    ticket: &Ticket,
    context: &CommandContext,
    command: &TicketCommand,
) -> Decision {
    match (ticket, command) {
        (Ticket::Unopened, TicketCommand::Open(open)) => {
            check_version(0, context)?;
            check_time(context)?;
            content::open(open)
        }
        (Ticket::Unopened, _) => Err(Rejection::NotFound),
        (Ticket::Opened(state), _) if is_seen(state.source_sequence, context) => Ok(None),
        (Ticket::Opened(_), TicketCommand::Open(_)) => Err(Rejection::AlreadyOpened),
        (Ticket::Opened(state), _) => {
            check_version(state.version, context)?;
            check_time(context)?;
            decide_opened(id, state, context, command)
        }
    }
}

fn decide_opened(
    id: TicketId,
    state: &TicketState,
    context: &CommandContext,
    command: &TicketCommand,
) -> Decision {
    match command {
        TicketCommand::Open(_) => Err(Rejection::AlreadyOpened),
        TicketCommand::Assign {
            consultant,
            decision,
        } => work::assign(state, context, *consultant, decision.as_deref()),
        TicketCommand::Accept => work::accept(state),
        TicketCommand::Decline { reason } => work::decline(state, reason),
        TicketCommand::Unassign { reason } => work::unassign(state, reason),
        TicketCommand::Transfer { team, reason } => work::transfer(state, team, reason.as_ref()),
        TicketCommand::Hold { awaiting, note } => course::hold(state, *awaiting, note.as_ref()),
        TicketCommand::Resume => course::resume(state),
        TicketCommand::Resolve { code, note } => course::resolve(state, code, note.as_ref()),
        TicketCommand::Close { reopen_until } => course::close(state, *reopen_until),
        TicketCommand::Reopen { reason } => course::reopen(state, context, reason),
        TicketCommand::Cancel { reason } => course::cancel(state, reason),
        TicketCommand::Amend(amendment) => content::amend(state, amendment),
        TicketCommand::AddComment {
            comment,
            visibility,
            text,
        } => content::add_comment(state, *comment, *visibility, text),
        TicketCommand::Link { other, relation } => content::link(id, state, *other, *relation),
        TicketCommand::StartTravel => work::start_travel(state),
        TicketCommand::Arrive => work::arrive(state),
        TicketCommand::LogWork {
            work,
            minutes,
            parts,
        } => work::log_work(state, *work, *minutes, parts),
    }
}

/// The commands that a status takes; a refused transition names them. `OnHold` takes another
/// `Hold`: then the ticket waits for something else. Those of a visit ask for a consultant
/// besides, which a ticket on hold need not have.
pub const fn allowed_in(status: StatusName) -> &'static [CommandName] {
    use CommandName as C;
    match status {
        StatusName::Open => &[
            C::Assign,
            C::Transfer,
            C::Hold,
            C::Resolve,
            C::Cancel,
            C::Amend,
            C::AddComment,
            C::Link,
        ],
        StatusName::Assigned => &[
            C::Accept,
            C::Decline,
            C::Unassign,
            C::Assign,
            C::Transfer,
            C::Hold,
            C::Resolve,
            C::Cancel,
            C::Amend,
            C::AddComment,
            C::Link,
            C::StartTravel,
            C::Arrive,
            C::LogWork,
        ],
        StatusName::InProgress => &[
            C::Hold,
            C::Resolve,
            C::Unassign,
            C::Assign,
            C::Transfer,
            C::Cancel,
            C::Amend,
            C::AddComment,
            C::Link,
            C::StartTravel,
            C::Arrive,
            C::LogWork,
        ],
        StatusName::OnHold => &[
            C::Resume,
            C::Hold,
            C::Resolve,
            C::Unassign,
            C::Assign,
            C::Transfer,
            C::Cancel,
            C::Amend,
            C::AddComment,
            C::Link,
            C::StartTravel,
            C::Arrive,
            C::LogWork,
        ],
        StatusName::Resolved => &[C::Close, C::Reopen, C::Amend, C::AddComment, C::Link],
        StatusName::Closed => &[C::Reopen, C::Amend, C::AddComment, C::Link],
        StatusName::Cancelled => &[],
    }
}

/// The status's word on a command, by the table.
fn check_status(state: &TicketState, command: CommandName) -> Result<(), Rejection> {
    if allowed_in(state.status.name()).contains(&command) {
        Ok(())
    } else {
        Err(not_allowed(state, command))
    }
}

fn not_allowed(state: &TicketState, command: CommandName) -> Rejection {
    Rejection::NotAllowed {
        command,
        status: state.status.name(),
    }
}

/// What a command that is accepted comes to.
#[expect(
    clippy::unnecessary_wraps,
    reason = "reads as the last line of every decision"
)]
fn record(event: TicketEvent) -> Decision {
    Ok(Some(event))
}

/// What a command comes to whose effect is there already.
const ALREADY_SO: Decision = Ok(None);
