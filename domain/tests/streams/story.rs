//! `given(stream, [..]).when(command).then(event)`: a stream's events, a command, what becomes of it.

use docket_domain::command::Origin;
use docket_domain::decide::Decision;
use docket_domain::stream::{Aggregate, Command, Event, StreamId, authorize, decide, evolve};
use docket_domain::{Actor, CommandContext, EventContext, Rejection, Timestamp};

use crate::scenarios::{ADMINISTRATOR, NOON};

/// A stream with a history, and how the next command will come.
#[derive(Clone)]
pub(crate) struct Story {
    id: StreamId,
    pub(crate) aggregate: Aggregate,
    pub(crate) context: CommandContext,
}

/// What became of the command.
pub(crate) struct Outcome {
    story: Story,
    decision: Decision<Event>,
}

/// The events happened at noon; the next command is an administrator's, at noon.
pub(crate) fn given<E: Into<Event>>(id: StreamId, events: impl IntoIterator<Item = E>) -> Story {
    let context = CommandContext {
        actor: ADMINISTRATOR,
        now: NOON,
        occurred_at: NOON,
        origin: Origin::Live,
        source_sequence: None,
        expected_version: None,
    };
    let told = EventContext::from(&context);
    let aggregate = events
        .into_iter()
        .fold(Aggregate::initial(id), |aggregate, event| {
            evolve(aggregate, &told, &event.into())
        });
    Story {
        id,
        aggregate,
        context,
    }
}

impl Story {
    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.context.actor = actor;
        self
    }

    /// Decided at that time, and happened then.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        self.context.now = now;
        self.dated(now)
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
    pub(crate) fn when(self, command: impl Into<Command>) -> Outcome {
        let command = command.into();
        let decision = authorize(self.id, &self.context, &self.aggregate, &command)
            .and_then(|()| decide(self.id, &self.aggregate, &self.context, &command));
        Outcome {
            story: self,
            decision,
        }
    }
}

impl Outcome {
    /// Exactly this happened; the story goes on after it.
    #[track_caller]
    pub(crate) fn then(self, event: impl Into<Event>) -> Story {
        assert_eq!(self.decision, Ok(Some(event.into())));
        self.then_accepted()
    }

    /// Something happened; the story goes on after it.
    #[track_caller]
    pub(crate) fn then_accepted(mut self) -> Story {
        match &self.decision {
            Ok(Some(event)) => {
                let told = EventContext::from(&self.story.context);
                self.story.aggregate = evolve(self.story.aggregate, &told, event);
                self.story
            }
            other => panic!("expected an event, got {other:?}"),
        }
    }

    /// It was so already; the story goes on where it was.
    #[track_caller]
    pub(crate) fn then_nothing(self) -> Story {
        assert_eq!(self.decision, Ok(None));
        self.story
    }

    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: &Rejection) -> Story {
        assert_eq!(self.decision.as_ref(), Err(rejection));
        self.story
    }

    pub(crate) fn decision(self) -> Decision<Event> {
        self.decision
    }
}
