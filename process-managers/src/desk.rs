//! For tests: what people do at a desk, the log it lies in, and process managers that read it.

use std::collections::{BTreeMap, HashMap};

use docket_domain::command::{
    Caller, Channel, CommandContext, Customer, OpenTicket, Origin, Priority, Visibility,
};
use docket_domain::customer::{
    CustomerCommand, Email, NotificationChannel, Phone, Preferences, Registration,
};
use docket_domain::ids::{CommentId, PersonId, TicketId};
use docket_domain::stream::{self, Aggregate, Command, Event, StreamId};
use docket_domain::text::{Personal, Text};
use docket_domain::{
    Actor, EventContext, Rejection, Role, Status, Ticket, TicketCommand, TicketEvent, TicketNumber,
    Timestamp,
};
use docket_event_log::{Partition, Sequence};
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::fact::{Fact, Told};
use crate::manager::Manager;

pub(crate) const PARTITIONS: u16 = 4;
/// 2026-03-02T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);
pub(crate) const REOPEN_WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(crate) const MANAGER: Actor = actor(90, Role::Manager);
pub(crate) const ADMINISTRATOR: Actor = actor(91, Role::Administrator);
pub(crate) const IMPORTER: Actor = actor(92, Role::Importer);
pub(crate) const SERVICE: Actor = actor(93, Role::Service);
pub(crate) const CARLA: PersonId = PersonId(Uuid::from_u128(7));

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

/// What is due at a process manager, as a command to a stream at a version.
pub(crate) trait Wants: Manager {
    fn asked(intent: &Self::Intent) -> (StreamId, u32, Command);
}

pub(crate) struct Desk<M: Wants> {
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Told>,
    pub(crate) managers: Vec<Reading<M>>,
    streams: HashMap<StreamId, Aggregate>,
    sequences: Vec<u64>,
    tickets: u128,
}

/// A process manager, how far it has read, and what it sent that hasn't arrived yet.
pub(crate) struct Reading<M: Wants> {
    pub(crate) manager: M,
    pub(crate) sent: Vec<M::Intent>,
    read: usize,
}

impl<M: Wants> Desk<M> {
    pub(crate) fn new() -> Self {
        Self {
            now: NOON,
            log: Vec::new(),
            managers: Vec::new(),
            streams: HashMap::new(),
            sequences: vec![0; usize::from(PARTITIONS)],
            tickets: 0x1000,
        }
    }

    /// Starts one that knows nothing yet.
    pub(crate) fn start(&mut self, manager: M) {
        self.managers.push(Reading {
            manager,
            sent: Vec::new(),
            read: 0,
        });
    }

    /// What the command API would make of it.
    pub(crate) fn ask(
        &mut self,
        id: StreamId,
        context: &CommandContext,
        command: &Command,
    ) -> Result<(), Rejection> {
        let state = self
            .streams
            .remove(&id)
            .unwrap_or_else(|| Aggregate::initial(id));
        let decided = stream::authorize(id, context, &state, command)
            .and_then(|()| stream::decide(id, &state, context, command));
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

    /// A record of a newer version.
    pub(crate) fn append_unreadable(&mut self, id: StreamId) {
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
        self.ask(id, &context, &command.into()).unwrap();
    }

    #[track_caller]
    pub(crate) fn ticket(&mut self, id: TicketId, by: Actor, command: TicketCommand) {
        self.tell(StreamId::Ticket(id), by, command);
    }

    pub(crate) fn open_by(&mut self, by: Actor, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.tickets += 1;
        let id = TicketId(Uuid::from_u128(self.tickets));
        let mut ticket = plain_ticket();
        change(&mut ticket);
        self.ticket(id, by, TicketCommand::Open(Box::new(ticket)));
        id
    }

    pub(crate) fn resolve(&mut self, id: TicketId, by: Actor) {
        let code = text("fixed");
        self.ticket(id, by, TicketCommand::Resolve { code, note: None });
    }

    pub(crate) fn close(&mut self, id: TicketId, by: Actor) {
        let command = TicketCommand::Close {
            reopen_until: self.now + REOPEN_WINDOW,
        };
        self.ticket(id, by, command);
    }

    pub(crate) fn reopen(&mut self, id: TicketId) {
        let reason = text("it is back");
        self.ticket(id, MANAGER, TicketCommand::Reopen { reason });
    }

    /// Closed long ago and back soon after, as an import tells it: the rest of the old system's day
    /// in between.
    pub(crate) fn come_back_by_import(&mut self, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        let id = self.open_by(IMPORTER, change);
        self.resolve(id, IMPORTER);
        let reopen_until = self.now - days(300);
        self.ticket(id, IMPORTER, TicketCommand::Close { reopen_until });
        for _ in 0..100 {
            self.open_by(IMPORTER, |_| {});
            self.pass(SignedDuration::from_mins(10));
        }
        let context = CommandContext {
            occurred_at: reopen_until,
            ..self.context(IMPORTER)
        };
        let reason = text("again");
        let reopen = TicketCommand::Reopen { reason };
        self.ask(StreamId::Ticket(id), &context, &reopen.into())
            .unwrap();
        id
    }

    pub(crate) fn comment(&mut self, id: TicketId) {
        let command = TicketCommand::AddComment {
            comment: CommentId(Uuid::from_u128(self.log.len() as u128)),
            visibility: Visibility::Internal,
            text: Personal::Known(text("Hm")),
        };
        self.ticket(id, MANAGER, command);
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

    /// Lets all read, and step, until nothing happens any more; what they send arrives at once.
    pub(crate) fn settle(&mut self) {
        loop {
            let before = self.log.len();
            let mut busy = false;
            for which in 0..self.managers.len() {
                self.deliver(which);
                busy |= self.step(which);
                while !self.managers[which].sent.is_empty() {
                    self.arrive(which);
                }
            }
            if !busy && self.log.len() == before {
                return;
            }
        }
    }

    /// Lets one read all there is.
    pub(crate) fn deliver(&mut self, which: usize) {
        let reading = &mut self.managers[which];
        for told in &self.log[reading.read..] {
            reading.manager.read(self.now, told);
        }
        reading.read = self.log.len();
        reading.manager.complete_until(self.now);
    }

    /// Lets one step; whether it wanted anything.
    pub(crate) fn step(&mut self, which: usize) -> bool {
        let reading = &mut self.managers[which];
        let step = reading.manager.step(self.now);
        let busy = step.more || !step.intents.is_empty();
        reading.sent.extend(step.intents);
        busy
    }

    /// Lets the first of its commands arrive, and tells it what became of it.
    pub(crate) fn arrive(&mut self, which: usize) {
        let intent = self.managers[which].sent.remove(0);
        let before = self.log.len();
        let (id, version, command) = M::asked(&intent);
        let context = CommandContext {
            expected_version: Some(version),
            ..self.context(SERVICE)
        };
        let done = self.ask(id, &context, &command);
        if done.is_err() || self.log.len() == before {
            self.managers[which].manager.refused(self.now, &intent);
        }
    }

    /// Lets time pass, in steps of at most an hour.
    pub(crate) fn pass(&mut self, time: SignedDuration) {
        let end = self.now + time;
        self.settle();
        while self.now < end {
            self.now = end.min(self.now + SignedDuration::from_hours(1));
            self.settle();
        }
    }

    pub(crate) fn status(&self, id: TicketId) -> &Status {
        match self.streams.get(&StreamId::Ticket(id)) {
            Some(Aggregate::Ticket(Ticket::Opened(state))) => &state.status,
            other => panic!("{other:?}"),
        }
    }

    /// How often something happened to a stream.
    pub(crate) fn count(&self, id: StreamId, is: impl Fn(&Event) -> bool) -> usize {
        let facts = self.log.iter().filter_map(|told| told.fact.as_ref());
        facts
            .filter(|fact| fact.stream == id)
            .filter_map(|fact| fact.event.as_ref())
            .filter(|(event, _)| is(event))
            .count()
    }

    pub(crate) fn closings(&self, id: TicketId) -> usize {
        let is = |event: &Event| matches!(event, Event::Ticket(TicketEvent::Closed { .. }));
        self.count(StreamId::Ticket(id), is)
    }
}

fn plain_ticket() -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(1, 8, 0),
        customer: Customer::Unregistered(Personal::Known(Caller {
            name: text::<100>("Kim"),
            phone: None,
            email: None,
        })),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(text("Till 3 prints nothing")),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }
}
