//! What the real decider answers to a command on a given state, and what becomes of the stream.

use docket_domain::command::CommandContext;
use docket_domain::stream::{Aggregate, Command, authorize, decide, evolve};
use docket_domain::{EventContext, Ticket, TicketCommand, Timestamp};

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
    /// The stream afterwards; `None` if nothing about it changes.
    pub(crate) after: Option<Aggregate>,
}

impl Step {
    /// Whether an event comes of it.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self.answer, Answer::Applied { .. })
    }
}

/// The command decided now, at a time at which no clock stands in its way.
pub(crate) fn step(asked: &Asked, aggregate: &Aggregate) -> Step {
    let now = asked.occurred_at.unwrap_or(NOW);
    at(asked, aggregate, now, now)
}

/// What the command comes to if the clock alone is against it, in each way it can be.
pub(crate) fn steps_against_time(asked: &Asked, aggregate: &Aggregate) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut against = |now, occurred_at| {
        let step = at(asked, aggregate, now, occurred_at);
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
    if matches!(
        asked.command,
        Command::Ticket(TicketCommand::Reopen { .. }) | Command::Survey(_)
    ) {
        against(Timestamp::MAX, Timestamp::MAX);
    }
    steps
}

fn at(asked: &Asked, aggregate: &Aggregate, now: Timestamp, occurred_at: Timestamp) -> Step {
    let context = CommandContext {
        actor: asked.actor,
        now,
        occurred_at,
        origin: asked.origin,
        source_sequence: asked.source_sequence,
        expected_version: asked.expected_version,
    };
    let closing = Command::Ticket(TicketCommand::Close {
        reopen_until: REOPEN_UNTIL,
    });
    let command = match &asked.command {
        Command::Ticket(TicketCommand::Close { .. }) => &closing,
        command => command,
    };
    let decision = authorize(asked.stream, &context, aggregate, command)
        .and_then(|()| decide(asked.stream, aggregate, &context, command));
    let version = aggregate.version();
    match decision {
        Ok(Some(event)) => {
            let after = evolve(aggregate.clone(), &EventContext::from(&context), &event);
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
                status: status(aggregate),
            },
            after: with_source_sequence(asked, aggregate),
        },
        Err(rejection) => Step {
            answer: Answer::Rejected {
                version: Some(version),
                kind: RejectionKind::from(&rejection),
            },
            after: with_source_sequence(asked, aggregate),
        },
    }
}

/// What is refused or already so leaves this trace only: the highest source sequence seen.
fn with_source_sequence(asked: &Asked, aggregate: &Aggregate) -> Option<Aggregate> {
    asked.source_sequence?;
    let mut after = aggregate.clone();
    after.saw_source_sequence(asked.source_sequence);
    (after != *aggregate).then_some(after)
}

/// The ticket's status, if it is one and was opened.
pub(crate) fn status(aggregate: &Aggregate) -> Option<docket_domain::StatusName> {
    match aggregate {
        Aggregate::Ticket(Ticket::Opened(state)) => Some(state.status.name()),
        _ => None,
    }
}
