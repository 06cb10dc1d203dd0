//! `given([..]).when(command).then([..])`: a ticket's events, a command, what becomes of it.

use docket_domain::command::Origin;
use docket_domain::decide::Decision;
use docket_domain::{
    Actor, CommandContext, EventContext, Rejection, Role, Status, Ticket, TicketCommand,
    TicketEvent, TicketState, Timestamp, authorize, decide, evolve,
};

use crate::scenarios::{MANAGER, NOON, REPORTER, TICKET};

/// A ticket with a history, and how the next command will come.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) ticket: Ticket,
    context: CommandContext,
}

/// What became of the command.
pub(crate) struct Outcome {
    ticket: Ticket,
    context: CommandContext,
    decision: Decision,
}

/// The events happened at noon, caused by the reporter; the next command is a manager's, at noon.
pub(crate) fn given(events: impl IntoIterator<Item = TicketEvent>) -> Story {
    let told = EventContext {
        actor: REPORTER,
        occurred_at: NOON,
        origin: Origin::Live,
        source_sequence: None,
    };
    Story {
        ticket: events.into_iter().fold(Ticket::Unopened, |ticket, event| {
            evolve(ticket, &told, &event)
        }),
        context: CommandContext {
            actor: MANAGER,
            now: NOON,
            occurred_at: NOON,
            origin: Origin::Live,
            source_sequence: None,
            expected_version: None,
        },
    }
}

impl Story {
    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.context.actor = actor;
        self
    }

    /// By somebody in that role who has nothing to do with the ticket.
    pub(crate) fn by_role(self, role: Role) -> Self {
        self.by(crate::scenarios::stranger(role))
    }

    /// Decided and happened at that time.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        self.context.now = now;
        self.context.occurred_at = now;
        self
    }

    /// Said to have happened at that time.
    pub(crate) fn dated(mut self, occurred_at: Timestamp) -> Self {
        self.context.occurred_at = occurred_at;
        self
    }

    pub(crate) fn expecting_version(mut self, version: u32) -> Self {
        self.context.expected_version = Some(version);
        self
    }

    pub(crate) fn with_source_sequence(mut self, sequence: u64) -> Self {
        self.context.source_sequence = Some(sequence);
        self
    }

    /// Authorises and decides, as the command API does.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "stories read better without borrows"
    )]
    pub(crate) fn when(self, command: TicketCommand) -> Outcome {
        let decision = authorize(&self.context, &self.ticket, &command)
            .and_then(|()| decide(TICKET, &self.ticket, &self.context, &command));
        Outcome {
            ticket: self.ticket,
            context: self.context,
            decision,
        }
    }
}

impl Outcome {
    /// Exactly this happened; the story goes on after it.
    #[track_caller]
    pub(crate) fn then(self, event: TicketEvent) -> Story {
        assert_eq!(self.decision, Ok(Some(event)));
        self.then_accepted()
    }

    /// Something happened; the story goes on after it.
    #[track_caller]
    pub(crate) fn then_accepted(mut self) -> Story {
        match &self.decision {
            Ok(Some(event)) => {
                self.ticket = evolve(self.ticket, &EventContext::from(&self.context), event);
                Story {
                    ticket: self.ticket,
                    context: self.context,
                }
            }
            other => panic!("expected an event, got {other:?}"),
        }
    }

    /// It was so already; the story goes on where it was.
    #[track_caller]
    pub(crate) fn then_nothing(self) -> Story {
        assert_eq!(self.decision, Ok(None));
        Story {
            ticket: self.ticket,
            context: self.context,
        }
    }

    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: &Rejection) -> Story {
        assert_eq!(self.decision.as_ref(), Err(rejection));
        Story {
            ticket: self.ticket,
            context: self.context,
        }
    }

    pub(crate) fn decision(self) -> Decision {
        self.decision
    }
}

impl Story {
    #[track_caller]
    pub(crate) fn state(&self) -> &TicketState {
        match &self.ticket {
            Ticket::Opened(state) => state,
            Ticket::Unopened => panic!("the ticket was never opened"),
        }
    }

    #[track_caller]
    pub(crate) fn then_status(self, status: &Status) -> Self {
        assert_eq!(&self.state().status, status);
        self
    }
}
