//! For tests: a desk where people work, the log it lies in, and its clock. What they do with tickets
//! is in [`tickets`], how process managers read, send and get on in [`managers`].

mod managers;
mod tickets;

use std::collections::HashMap;
use std::sync::Arc;

use docket_domain::command::{CommandContext, Origin};
use docket_domain::customer::{
    CustomerCommand, Email, NotificationChannel, Phone, Preferences, Registration,
};
use docket_domain::ids::PersonId;
use docket_domain::stream::{self, Aggregate, Command, Event, StreamId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Rejection, Role, Ticket, Timestamp};
use docket_event_log::{Partition, Sequence};
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::fact::{Fact, Told};

pub(crate) use managers::{Reading, Wants};

pub(crate) const PARTITIONS: u16 = 4;
/// 2026-03-02T12:00:00Z, a Monday.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);
pub(crate) const REOPEN_WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(crate) const MANAGER: Actor = actor(90, Role::Manager);
pub(crate) const ADMINISTRATOR: Actor = actor(91, Role::Administrator);
pub(crate) const IMPORTER: Actor = actor(92, Role::Importer);
const SERVICE: Actor = actor(93, Role::Service);

const fn actor(n: u128, role: Role) -> Actor {
    Actor {
        id: PersonId(Uuid::from_u128(n)),
        role,
    }
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

/// With process managers of one kind.
pub(crate) struct Desk<M: Wants> {
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Told>,
    pub(crate) streams: HashMap<StreamId, Aggregate>,
    pub(crate) managers: Vec<Reading<M>>,
    /// Counts up: ids are made of it.
    pub(crate) tickets: u128,
    /// By key, what was asked for and whether it was done.
    outcomes: HashMap<String, (Arc<[u8]>, bool)>,
    sequences: Vec<u64>,
}

impl<M: Wants> Desk<M> {
    pub(crate) fn empty() -> Self {
        Self {
            now: NOON,
            log: Vec::new(),
            streams: HashMap::new(),
            managers: Vec::new(),
            tickets: 0x1000,
            outcomes: HashMap::new(),
            sequences: vec![0; usize::from(PARTITIONS)],
        }
    }

    /// What the command API would make of it, but for keys; whether anything happened.
    pub(crate) fn ask(
        &mut self,
        id: StreamId,
        context: &CommandContext,
        command: impl Into<Command>,
    ) -> Result<bool, Rejection> {
        let command = command.into();
        let state = self
            .streams
            .remove(&id)
            .unwrap_or_else(|| Aggregate::initial(id));
        let decided = stream::authorize(id, context, &state, &command)
            .and_then(|()| stream::decide(id, &state, context, &command));
        let told = EventContext::from(context);
        let state = match &decided {
            Ok(Some(event)) => stream::evolve(state, &told, event),
            _ => state,
        };
        self.streams.insert(id, state);
        let event = decided?;
        let happened = event.is_some();
        if let Some(event) = event {
            self.append(id, Some((event, told)));
        }
        Ok(happened)
    }

    /// A record of a newer version: whoever can read it counts it too.
    pub(crate) fn append_unreadable(&mut self, id: StreamId) {
        if let Some(Aggregate::Ticket(Ticket::Opened(state))) = self.streams.get_mut(&id) {
            state.version += 1;
        }
        self.append(id, None);
    }

    fn append(&mut self, id: StreamId, event: Option<(Event, EventContext)>) {
        let partition = partition_of(key(id).as_bytes(), PARTITIONS);
        let sequence = &mut self.sequences[usize::from(partition)];
        *sequence += 1;
        self.log.push(Told {
            partition: Partition(partition),
            sequence: Sequence(*sequence),
            at: self.now,
            fact: Some(Fact { stream: id, event }),
        });
    }

    pub(crate) fn context(&self, actor: Actor) -> CommandContext {
        CommandContext {
            actor,
            now: self.now,
            occurred_at: self.now,
            origin: if actor.role == Role::Importer {
                Origin::Import
            } else {
                Origin::Live
            },
            source_sequence: None,
            expected_version: None,
        }
    }

    /// Asked by somebody who may, and done.
    #[track_caller]
    pub(crate) fn tell(&mut self, id: StreamId, by: Actor, command: impl Into<Command>) {
        let context = self.context(by);
        self.ask(id, &context, command).unwrap();
    }

    pub(crate) fn register(&mut self, id: PersonId, change: impl FnOnce(&mut Registration)) {
        let mut registration = Registration {
            name: Personal::Known(text("Carla")),
            phone: Some(Personal::Known(Phone::new("030 1234").unwrap())),
            email: Some(Personal::Known(Email::new("carla@example.com").unwrap())),
            preferences: Preferences {
                channel: NotificationChannel::Email,
                language: None,
                consultant: None,
                surveys: true,
            },
        };
        change(&mut registration);
        let command = CustomerCommand::Register(Box::new(registration));
        self.tell(StreamId::Customer(id), MANAGER, command);
    }
}
