//! What the real decider answers to a command on a given state, and what becomes of the ticket.

use docket_domain::command::CommandContext;
use docket_domain::{
    CommandName, EventContext, Ticket, TicketCommand, Timestamp, authorize, decide, evolve,
};

use crate::history::{Answer, Asked};
use crate::kind::RejectionKind;

/// When everything happens here that states no time of its own.
const NOW: Timestamp = Timestamp::constant(1_750_000_000, 0);
/// How long closed tickets may be reopened here: past every time but the calendar's last.
const REOPEN_UNTIL: Timestamp = Timestamp::constant(253_402_000_000, 0);

/// One command taking effect.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What it is answered.
    pub(crate) answer: Answer,
    /// The ticket afterwards; `None` if nothing about it changes.
    pub(crate) after: Option<Ticket>,
}

impl Step {
    /// Whether an event comes of it.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self.answer, Answer::Applied { .. })
    }
}

/// The command decided now, at a time at which no clock stands in its way.
pub(crate) fn step(asked: &Asked, ticket: &Ticket) -> Step {
    let now = asked.occurred_at.unwrap_or(NOW);
    at(asked, ticket, now, now)
}

/// What the command comes to if the clock alone is against it, in each way it can be.
pub(crate) fn steps_against_time(asked: &Asked, ticket: &Ticket) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut against = |now, occurred_at| {
        let step = at(asked, ticket, now, occurred_at);
        if let Answer::Rejected { kind, .. } = step.answer
            && kind.is_about_time()
        {
            steps.push(step);
        }
    };
    if let Some(stated) = asked.occurred_at {
        against(Timestamp::MAX, stated);
        against(Timestamp::MIN, stated);
    }
    if asked.command.name() == CommandName::Reopen {
        against(Timestamp::MAX, Timestamp::MAX);
    }
    steps
}

fn at(asked: &Asked, ticket: &Ticket, now: Timestamp, occurred_at: Timestamp) -> Step {
    let context = CommandContext {
        actor: asked.actor,
        now,
        occurred_at,
        origin: asked.origin,
        source_sequence: asked.source_sequence,
        expected_version: asked.expected_version,
    };
    let closing = TicketCommand::Close {
        reopen_until: REOPEN_UNTIL,
    };
    let command = match &asked.command {
        TicketCommand::Close { .. } => &closing,
        command => command,
    };
    let decision = authorize(&context, ticket, command)
        .and_then(|()| decide(asked.ticket, ticket, &context, command));
    let version = ticket.version();
    match decision {
        Ok(Some(event)) => {
            let after = evolve(ticket.clone(), &EventContext::from(&context), &event);
            Step {
                answer: Answer::Applied {
                    version: after.version(),
                    status: status(&after),
                },
                after: Some(after),
            }
        }
        Ok(None) => Step {
            answer: Answer::Unchanged {
                version,
                status: status(ticket),
            },
            after: with_source_sequence(asked, ticket),
        },
        Err(rejection) => Step {
            answer: Answer::Rejected {
                version: Some(version),
                kind: RejectionKind::from(&rejection),
            },
            after: with_source_sequence(asked, ticket),
        },
    }
}

/// What is refused or already so leaves this trace only: the highest source sequence seen.
fn with_source_sequence(asked: &Asked, ticket: &Ticket) -> Option<Ticket> {
    match ticket {
        Ticket::Opened(state) if asked.source_sequence > state.source_sequence => {
            let mut state = state.clone();
            state.saw_source_sequence(asked.source_sequence);
            Some(Ticket::Opened(state))
        }
        _ => None,
    }
}

pub(crate) fn status(ticket: &Ticket) -> Option<docket_domain::StatusName> {
    match ticket {
        Ticket::Unopened => None,
        Ticket::Opened(state) => Some(state.status.name()),
    }
}
