//! A shop: its log, its clock, and its routers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::command::{
    Caller, Channel, CommandContext, Customer, OpenTicket, Origin, Place, Point, Priority,
};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, Hours, Level, Profile, Shift, ZoneName,
};
use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::routing::Rules;
use docket_domain::stream::{self, Aggregate, Command, Event, StreamId};
use docket_domain::text::{Label, Personal, Text};
use docket_domain::{
    Actor, EventContext, Rejection, Role, Status, Ticket, TicketCommand, TicketEvent, TicketNumber,
    TicketState, Timestamp,
};
use docket_event_log::{Partition, Sequence};
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::fact::{Fact, Told};
use crate::router::plan::{Intent, Plan, Settings, What};

pub(super) const PARTITIONS: u16 = 4;
/// 2026-03-02T12:00:00Z, a Monday.
pub(super) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);

pub(super) const ANNA: PersonId = PersonId(Uuid::from_u128(1));
pub(super) const BERT: PersonId = PersonId(Uuid::from_u128(2));
pub(super) const CARLA: PersonId = PersonId(Uuid::from_u128(3));
pub(super) const MANAGER: Actor = actor(90, Role::Manager);
pub(super) const ADMINISTRATOR: Actor = actor(91, Role::Administrator);
pub(super) const IMPORTER: Actor = actor(92, Role::Importer);
const SERVICE: Actor = actor(93, Role::Service);

const fn actor(n: u128, role: Role) -> Actor {
    Actor {
        id: PersonId(Uuid::from_u128(n)),
        role,
    }
}

pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(super) fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

pub(super) fn settings() -> Settings {
    Settings {
        rules: Rules::default(),
        accept_within: minutes(15),
        attempts_max: 3,
        takeover: SignedDuration::from_secs(2),
        flights_max: 64,
    }
}

/// What a router does with time zones here: `Europe/Berlin` by its rule, no other.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    let posix = (name == "Europe/Berlin").then_some("CET-1CEST,M3.5.0,M10.5.0/3")?;
    TimeZone::posix(posix).ok()
}

pub(super) struct Shop {
    pub(super) now: Timestamp,
    pub(super) log: Vec<Told>,
    pub(super) streams: HashMap<StreamId, Aggregate>,
    pub(super) routers: Vec<Router>,
    sequences: Vec<u64>,
    tickets: u128,
}

/// A router, how far it has read, and what it sent that hasn't arrived yet.
pub(super) struct Router {
    pub(super) plan: Plan,
    pub(super) read: usize,
    pub(super) sent: Vec<Intent>,
}

impl Shop {
    /// With one router, which is active already.
    pub(super) fn new() -> Self {
        let mut shop = Self::without_router();
        let at_once = Settings {
            takeover: SignedDuration::ZERO,
            ..settings()
        };
        shop.start_router(1, at_once);
        shop
    }

    pub(super) fn without_router() -> Self {
        Self {
            now: NOON,
            log: Vec::new(),
            streams: HashMap::new(),
            routers: Vec::new(),
            sequences: vec![0; usize::from(PARTITIONS)],
            tickets: 0x1000,
        }
    }

    /// One that has read all there is.
    pub(super) fn start_router(&mut self, id: u128, settings: Settings) {
        let router = RouterId(Uuid::from_u128(id));
        let mut plan = Plan::new(router, settings, PARTITIONS, Box::new(zone));
        for told in &self.log {
            plan.read(told);
            plan.catch_up(self.now);
        }
        self.routers.push(Router {
            plan,
            read: self.log.len(),
            sent: Vec::new(),
        });
    }

    /// What the command API would make of it.
    pub(super) fn ask(
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
    pub(super) fn append_unreadable(&mut self, id: StreamId) {
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

    pub(super) fn context(&self, actor: Actor) -> CommandContext {
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
    pub(super) fn tell(&mut self, id: StreamId, by: Actor, command: impl Into<Command>) {
        let context = self.context(by);
        self.ask(id, &context, command).unwrap();
    }

    #[track_caller]
    pub(super) fn ticket(&mut self, id: TicketId, by: Actor, command: TicketCommand) {
        self.tell(StreamId::Ticket(id), by, command);
    }

    #[track_caller]
    pub(super) fn consultant(&mut self, id: PersonId, command: ConsultantCommand) {
        self.tell(StreamId::Consultant(id), ADMINISTRATOR, command);
    }

    #[track_caller]
    pub(super) fn catalogue(&mut self, entry: Entry) {
        let command = CatalogueCommand::Put(Box::new(entry));
        self.tell(StreamId::Catalogue, ADMINISTRATOR, command);
    }

    /// At work, with room for so many tickets.
    pub(super) fn hire(&mut self, id: PersonId, capacity: u32) {
        self.hire_as(id, profile(capacity));
    }

    pub(super) fn hire_as(&mut self, id: PersonId, profile: Profile) {
        self.consultant(id, ConsultantCommand::Register(Box::new(profile)));
        self.says(id, Availability::Available);
    }

    pub(super) fn says(&mut self, id: PersonId, availability: Availability) {
        let change = AvailabilityChange {
            availability: Some(availability),
            hours: None,
        };
        let change = ConsultantCommand::ChangeAvailability(Box::new(change));
        self.consultant(id, change);
    }

    /// Works Mondays to Sundays between those times by the clock in that zone.
    pub(super) fn works(&mut self, id: PersonId, zone: &str, from: &str, to: &str) {
        let clock = |text: &str| text.parse::<Time>().unwrap();
        let days = Weekday::Monday.cycle_forward().take(7);
        let shifts = days.map(|day| Shift::new(day, clock(from), clock(to)).unwrap());
        let change = AvailabilityChange {
            availability: None,
            hours: Some(Some(Hours {
                zone: ZoneName::new(zone).unwrap(),
                shifts: shifts.collect(),
            })),
        };
        let change = ConsultantCommand::ChangeAvailability(Box::new(change));
        self.consultant(id, change);
    }

    /// With other ids for tickets, and so other lots between equals.
    pub(super) fn with_lot(mut self, lot: u128) -> Self {
        self.tickets += 1_000 * lot;
        self
    }

    pub(super) fn open(&mut self) -> TicketId {
        self.open_as(|_| {})
    }

    pub(super) fn open_as(&mut self, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.open_by(MANAGER, change)
    }

    pub(super) fn open_by(&mut self, by: Actor, change: impl FnOnce(&mut OpenTicket)) -> TicketId {
        self.tickets += 1;
        let id = TicketId(Uuid::from_u128(self.tickets));
        let mut ticket = plain_ticket();
        change(&mut ticket);
        self.ticket(id, by, TicketCommand::Open(Box::new(ticket)));
        id
    }

    /// By whoever has it.
    #[track_caller]
    pub(super) fn by_holder(&mut self, id: TicketId, command: TicketCommand) {
        let holder = Actor {
            id: self.holder(id).expect("somebody has it"),
            role: Role::Consultant,
        };
        self.ticket(id, holder, command);
    }

    pub(super) fn decline(&mut self, id: TicketId) {
        let reason = text("no");
        self.by_holder(id, TicketCommand::Decline { reason });
    }

    /// Lets the routers read, decide and send until nothing happens any more; what they send
    /// arrives at once.
    pub(super) fn settle(&mut self) {
        loop {
            let before = self.log.len();
            let mut busy = false;
            for router in 0..self.routers.len() {
                self.deliver(router, usize::MAX);
                busy |= self.step(router);
                while !self.routers[router].sent.is_empty() {
                    self.arrive(router, 0);
                    busy = true;
                }
            }
            if !busy && self.log.len() == before {
                return;
            }
        }
    }

    /// Lets a router read so many records.
    pub(super) fn deliver(&mut self, router: usize, most: usize) {
        let router = &mut self.routers[router];
        let unread = &self.log[router.read..];
        for told in unread.iter().take(most) {
            router.plan.read(told);
            router.read += 1;
        }
    }

    /// Lets a router decide; whether it had anything to do.
    pub(super) fn step(&mut self, router: usize) -> bool {
        let router = &mut self.routers[router];
        let step = router.plan.step(self.now);
        let busy = step.more || !step.intents.is_empty();
        router.sent.extend(step.intents);
        busy
    }

    /// Lets one of a router's commands arrive, and tells it what became of it.
    pub(super) fn arrive(&mut self, router: usize, which: usize) {
        let intent = self.routers[router].sent.remove(which);
        let (ticket, version) = (intent.ticket, intent.version);
        let done = self.execute(intent).is_ok();
        if !done {
            self.routers[router].plan.refused(self.now, ticket, version);
        }
    }

    pub(super) fn execute(&mut self, intent: Intent) -> Result<(), Rejection> {
        let context = CommandContext {
            expected_version: Some(intent.version),
            ..self.context(SERVICE)
        };
        let command = match intent.what {
            What::Assign {
                consultant,
                decision,
            } => TicketCommand::Assign {
                consultant,
                decision: Some(decision),
            },
            What::TakeBack { reason } => TicketCommand::Unassign { reason },
        };
        self.ask(StreamId::Ticket(intent.ticket), &context, command)
    }

    /// Lets time pass, with everything that falls due on the way.
    pub(super) fn pass(&mut self, time: SignedDuration) {
        let end = self.now + time;
        self.settle();
        loop {
            let timers = self.routers.iter();
            let next = timers.filter_map(|router| router.plan.next_timer()).min();
            match next.filter(|next| *next <= end) {
                Some(next) => {
                    self.now = self.now.max(next);
                    self.settle();
                }
                None => break,
            }
        }
        self.now = end;
        self.settle();
    }

    pub(super) fn state(&self, id: TicketId) -> &TicketState {
        match self.streams.get(&StreamId::Ticket(id)) {
            Some(Aggregate::Ticket(Ticket::Opened(state))) => state,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn status(&self, id: TicketId) -> &Status {
        &self.state(id).status
    }

    pub(super) fn holder(&self, id: TicketId) -> Option<PersonId> {
        self.status(id).consultant()
    }

    /// How many tickets each has.
    pub(super) fn loads(&self) -> BTreeMap<PersonId, u32> {
        let mut loads = BTreeMap::new();
        for state in self.streams.values() {
            if let Aggregate::Ticket(Ticket::Opened(state)) = state
                && let Status::Assigned { .. } | Status::InProgress { .. } | Status::OnHold { .. } =
                    state.status
                && let Some(who) = state.status.consultant()
            {
                *loads.entry(who).or_default() += 1;
            }
        }
        loads
    }

    /// The ticket's events.
    pub(super) fn events(&self, id: TicketId) -> Vec<&TicketEvent> {
        let told = self.log.iter().filter_map(|told| told.fact.as_ref());
        told.filter(|fact| fact.stream == StreamId::Ticket(id))
            .filter_map(|fact| match &fact.event {
                Some((Event::Ticket(event), _)) => Some(event),
                _ => None,
            })
            .collect()
    }

    /// To whom routers gave it, one after the other.
    pub(super) fn given_to(&self, id: TicketId) -> Vec<PersonId> {
        let events = self.events(id).into_iter();
        events
            .filter_map(|event| match event {
                TicketEvent::Assigned {
                    consultant,
                    decision: Some(_),
                } => Some(*consultant),
                _ => None,
            })
            .collect()
    }
}

pub(super) fn profile(capacity: u32) -> Profile {
    Profile {
        name: Personal::Known(text("Somebody")),
        team: None,
        skills: BTreeMap::new(),
        areas: BTreeSet::new(),
        travel_km_max: None,
        languages: BTreeSet::new(),
        capacity,
    }
}

pub(super) fn skilled<const N: usize>(skills: [&str; N], capacity: u32) -> Profile {
    Profile {
        skills: skills.map(|skill| (text(skill), Level::MAX)).into(),
        ..profile(capacity)
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
        skills: Vec::<Label>::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }
}

pub(super) fn place(latitude: f64, longitude: f64) -> Personal<Place> {
    Personal::Known(Place {
        address: None,
        point: Point::new(latitude, longitude),
    })
}
