//! A shop: its log and its clock. What people do in it is in [`people`], what becomes of tickets in
//! [`tickets`], how routers come and go and get on in [`routers`].

mod people;
mod routers;
mod tickets;

use std::collections::HashMap;
use std::sync::Arc;

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::command::{CommandContext, Origin};
use docket_domain::consultant::ConsultantCommand;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{self, Aggregate, Command, Event, StreamId};
use docket_domain::text::Text;
use docket_domain::{Actor, EventContext, Rejection, Role, Ticket, TicketCommand, Timestamp};
use docket_event_log::{Partition, Sequence};
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::fact::{Fact, Told};

pub(crate) use people::{profile, skilled, zone};
pub(crate) use routers::{Router, at_once, settings};
pub(crate) use tickets::place;

pub(crate) const PARTITIONS: u16 = 4;
/// 2026-03-02T12:00:00Z, a Monday.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);

pub(crate) const ANNA: PersonId = PersonId(Uuid::from_u128(1));
pub(crate) const BERT: PersonId = PersonId(Uuid::from_u128(2));
pub(crate) const CARLA: PersonId = PersonId(Uuid::from_u128(3));
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

pub(crate) fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

pub(crate) struct Shop {
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Told>,
    pub(crate) streams: HashMap<StreamId, Aggregate>,
    pub(crate) routers: Vec<Router>,
    /// By key, what was asked for and whether it was done.
    outcomes: HashMap<String, (Arc<[u8]>, bool)>,
    sequences: Vec<u64>,
    tickets: u128,
}

impl Shop {
    pub(crate) fn without_router() -> Self {
        Self {
            now: NOON,
            log: Vec::new(),
            streams: HashMap::new(),
            routers: Vec::new(),
            outcomes: HashMap::new(),
            sequences: vec![0; usize::from(PARTITIONS)],
            tickets: 0x1000,
        }
    }

    /// What the command API would make of it.
    pub(crate) fn ask(
        &mut self,
        id: StreamId,
        context: &CommandContext,
        command: impl Into<Command>,
    ) -> Result<(), Rejection> {
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
        if let Some(event) = decided? {
            self.append(id, Some((event, told)));
        }
        Ok(())
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

    #[track_caller]
    pub(crate) fn ticket(&mut self, id: TicketId, by: Actor, command: TicketCommand) {
        self.tell(StreamId::Ticket(id), by, command);
    }

    #[track_caller]
    pub(crate) fn consultant(&mut self, id: PersonId, command: ConsultantCommand) {
        self.tell(StreamId::Consultant(id), ADMINISTRATOR, command);
    }

    #[track_caller]
    pub(crate) fn catalogue(&mut self, entry: Entry) {
        let command = CatalogueCommand::Put(Box::new(entry));
        self.tell(StreamId::Catalogue, ADMINISTRATOR, command);
    }
}
