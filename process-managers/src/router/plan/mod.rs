//! What is to be sent, at a given moment, on what is known of the log. Pure but for its memory: it
//! is told the time, and sends nothing itself.
//!
//! Guarantees: a command is decided on a version of its ticket and good for that version only, so
//! of several routers that send one for it, one at most is taken; whoever is given a ticket has
//! room for it as far as this router knows, commands on their way counted; a step does a bounded
//! amount of work, however much waits.
//!
//! **Active and standby.** Every router decides everything. The active one sends it; a standby
//! notes what it would have sent as a *shadow* and expects the log to say the same soon. If the log
//! doesn't in [`Settings::takeover`], and the decision still stands, nobody is active: it becomes so.

mod decide;
mod flights;
mod look;

use std::collections::{BTreeSet, HashMap};

use docket_domain::ids::{PersonId, RouterId, TicketId};
use docket_domain::routing::{Pool, Queue, Recorded, Rules};
use docket_domain::stream::Event;
use docket_domain::text;
use docket_domain::{TicketEvent, Timestamp};
use jiff::SignedDuration;

use crate::fact::Told;
use crate::router::duty::Zones;
use crate::router::timers::Timers;
use crate::router::world::World;

pub use crate::router::duty::LookUp;

use decide::Lanes;
use flights::Flights;

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What counts how much.
    pub rules: Rules,
    /// How long a consultant has to accept.
    pub accept_within: SignedDuration,
    /// After how many attempts a manager must assign the ticket.
    pub attempts_max: u32,
    /// How long a ticket that could be assigned may wait before a standby becomes active.
    pub takeover: SignedDuration,
    /// The most commands on their way at once in each partition of the log.
    pub flights_max: usize,
}

/// A command to be sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Intent {
    /// To whom.
    pub ticket: TicketId,
    /// The version it is good for.
    pub version: u32,
    /// How many commands of this router for that version were refused before.
    pub repeat: u32,
    /// What is asked for.
    pub what: What,
}

/// What it asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// Somebody is to work it.
    Assign {
        /// Who.
        consultant: PersonId,
        /// Why them.
        decision: Box<Recorded>,
    },
    /// Whoever has it is to have it no more.
    TakeBack {
        /// Why.
        reason: text::Reason,
    },
}

/// What a step came to.
#[derive(Debug, Default)]
pub struct Step {
    /// What is to be sent.
    pub intents: Vec<Intent>,
    /// Whether there is more to do at once.
    pub more: bool,
    /// How many decisions were taken, those to wait included.
    pub decisions: u32,
}

/// What a timer is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Timer {
    /// A shift begins or ends.
    Duty(PersonId),
    /// An assignment should have been accepted by now, or a refused command may be tried again.
    Ticket(TicketId),
    /// Another router should have done by now what we would have done.
    Takeover(TicketId),
}

/// A command that was refused for good: the version it was for doesn't take it.
#[derive(Clone, Copy, Debug)]
struct Stuck {
    version: u32,
    repeats: u32,
    until: Timestamp,
}

/// What a router knows and is about to do.
#[derive(Debug)]
pub struct Plan {
    pub(crate) router: RouterId,
    settings: Settings,
    active: bool,
    pub(crate) world: World,
    zones: Zones,
    pool: Pool,
    queue: Queue,
    lanes: Lanes,
    /// Tickets to be taken from whoever has them.
    overdue: BTreeSet<TicketId>,
    /// Tickets that another router should have sent something for by now.
    doubted: BTreeSet<TicketId>,
    flights: Flights,
    /// Everything has been read that was in the log then.
    complete_until: Option<Timestamp>,
    /// Whether another router's decision was read since the last step, and when one was before.
    heard: bool,
    heard_at: Option<Timestamp>,
    stuck: HashMap<TicketId, Stuck>,
    timers: Timers<Timer>,
}

/// Work between two looks at what has arrived.
const LOOKS_AT_ONCE: u32 = 64;
/// How long a refused command waits before another for the same version: doubled each time.
const REFUSED_PAUSE_MIN_S: i64 = 1;
const REFUSED_PAUSE_MAX_S: i64 = 60;

impl Plan {
    /// A standby that knows nothing yet.
    pub fn new(router: RouterId, settings: Settings, partitions: u16, zones: LookUp) -> Self {
        Self {
            router,
            settings,
            active: false,
            world: World::new(partitions),
            zones: Zones::new(zones),
            pool: Pool::new(),
            queue: Queue::new(settings.rules),
            lanes: Lanes::default(),
            overdue: BTreeSet::new(),
            doubted: BTreeSet::new(),
            flights: Flights::new(partitions, settings.flights_max),
            complete_until: None,
            heard: false,
            heard_at: None,
            stuck: HashMap::new(),
            timers: Timers::default(),
        }
    }

    /// Takes in what was read. What follows from it, [`step`](Self::step) says.
    pub fn read(&mut self, told: &Told) {
        self.world.read(told);
        let Some(other) = decided_by(told).filter(|router| *router != self.router) else {
            return;
        };
        self.heard = true;
        // When it was taken doesn't count, since clocks differ: whoever reads old ones, at its start,
        // isn't active.
        if self.active && other < self.router {
            tracing::info!("another router is active: standing by");
            self.active = false;
        }
    }

    /// Hears that everything which was in the log at that time has been read.
    pub fn complete_until(&mut self, at: Timestamp) {
        self.complete_until = Some(at);
    }

    /// Whether it sends what it decides.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// When [`step`](Self::step) is to be called again, if nothing is read before.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first()
    }

    /// How many tickets wait for a consultant, and how many commands are on their way.
    pub fn waiting(&self) -> (usize, usize) {
        let waiting = self.queue.len() + self.flights.held_up();
        (waiting, self.flights.len())
    }

    /// While the log is still being read from its start: takes in what was touched, and decides
    /// nothing.
    pub fn catch_up(&mut self, now: Timestamp) {
        let mut touched = std::mem::take(&mut self.world.touched.tickets);
        self.world.touched.asking.append(&mut touched);
        while self.look_at_touched(now) {}
    }

    /// A bounded amount of what there is to do.
    pub fn step(&mut self, now: Timestamp) -> Step {
        let mut step = Step::default();
        if std::mem::take(&mut self.heard) {
            self.heard_at = Some(now);
        }
        for _ in 0..LOOKS_AT_ONCE {
            if !self.look(now, &mut step) {
                return step;
            }
        }
        step.more = true;
        step
    }

    /// One thing, if there is one: what is known comes before what is decided on it.
    fn look(&mut self, now: Timestamp, step: &mut Step) -> bool {
        if let Some(timer) = self.timers.due(now) {
            self.on_timer(timer, now);
        } else if self.look_at_touched(now) {
        } else if let Some(ticket) = self.doubted.pop_first() {
            self.look_at_doubted(ticket, now, step);
        } else if let Some(ticket) = self.flights.admitted() {
            self.world.touched.tickets.insert(ticket);
        } else if let Some(ticket) = self.overdue.pop_first() {
            self.take_back(ticket, now, step);
        } else {
            return self.decide_next(now, step) || self.flights.admit_more();
        }
        true
    }

    /// A command was refused. What is refused for an old version is settled by the log already.
    pub fn refused(&mut self, now: Timestamp, ticket: TicketId, version: u32) {
        let current = self.flights.get(ticket).filter(|it| it.version == version);
        if current.is_none() {
            return;
        }
        let repeats = self.repeats(ticket, version) + 1;
        let pause = REFUSED_PAUSE_MIN_S << (repeats - 1).min(6);
        let pause = SignedDuration::from_secs(pause.min(REFUSED_PAUSE_MAX_S));
        let until = now + pause;
        self.stuck.insert(
            ticket,
            Stuck {
                version,
                repeats,
                until,
            },
        );
        self.land(ticket);
    }

    /// Whether a command for that version is still what this router wants.
    pub fn is_wanted(&self, ticket: TicketId, version: u32) -> bool {
        let flight = self.flights.get(ticket);
        flight.is_some_and(|flight| flight.version == version && flight.due.is_none())
    }

    fn repeats(&self, ticket: TicketId, version: u32) -> u32 {
        let stuck = self.stuck.get(&ticket).filter(|it| it.version == version);
        stuck.map_or(0, |stuck| stuck.repeats)
    }

    /// Not the same for each router, so that of several standbys one is first.
    fn takeover(&self) -> SignedDuration {
        let share = (self.router.0.as_u128() % 1_000) as i32;
        self.settings.takeover + self.settings.takeover * share / 4_000
    }
}

/// Whose decision it is, if it is a router's.
fn decided_by(told: &Told) -> Option<RouterId> {
    let (event, _) = told.fact.as_ref()?.event.as_ref()?;
    match event {
        Event::Ticket(TicketEvent::Assigned { decision, .. }) => Some(decision.as_ref()?.router),
        _ => None,
    }
}

#[cfg(test)]
impl Plan {
    /// Candidates and waiting tickets, as it would decide on them now.
    pub(crate) fn knows(
        &self,
    ) -> (
        std::collections::BTreeMap<PersonId, docket_domain::routing::Candidate>,
        Vec<docket_domain::routing::Job>,
    ) {
        let candidates = self.pool.iter().map(|it| (it.id, it.clone()));
        (candidates.collect(), self.queue.iter().cloned().collect())
    }
}
