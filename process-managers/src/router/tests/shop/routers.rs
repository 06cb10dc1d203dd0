//! Routers: they read, decide, send, and time passes for them.

use docket_domain::command::CommandContext;
use docket_domain::ids::RouterId;
use docket_domain::routing::Rules;
use docket_domain::stream::StreamId;
use docket_domain::{Rejection, TicketCommand};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{PARTITIONS, SERVICE, Shop, minutes, zone};
use crate::manager::Manager;
use crate::router::plan::{Intent, Plan, Settings, What};

/// A router, how far it has read, and what it sent that hasn't arrived yet.
pub(crate) struct Router {
    pub(crate) plan: Plan,
    pub(crate) read: usize,
    pub(crate) sent: Vec<Intent>,
}

pub(crate) fn settings() -> Settings {
    Settings {
        rules: Rules::default(),
        accept_within: minutes(15),
        attempts_max: 3,
        takeover: SignedDuration::from_secs(2),
        flights_max: 64,
    }
}

/// Of a router that waits for no other.
pub(crate) fn at_once() -> Settings {
    Settings {
        takeover: SignedDuration::ZERO,
        ..settings()
    }
}

impl Shop {
    /// With one router, which is active already.
    pub(crate) fn new() -> Self {
        let mut shop = Self::without_router();
        shop.start_router(1, at_once());
        shop
    }

    /// One that has read all there is.
    pub(crate) fn start_router(&mut self, id: u128, settings: Settings) {
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

    /// Lets the routers read, decide and send until nothing happens any more; what they send
    /// arrives at once.
    pub(crate) fn settle(&mut self) {
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
    pub(crate) fn deliver(&mut self, router: usize, most: usize) {
        let router = &mut self.routers[router];
        let unread = &self.log[router.read..];
        for told in unread.iter().take(most) {
            router.plan.read(told);
            router.read += 1;
        }
        if router.read == self.log.len() {
            router.plan.complete_until(self.now);
        }
    }

    /// Lets a router decide; whether it had anything to do.
    pub(crate) fn step(&mut self, router: usize) -> bool {
        let router = &mut self.routers[router];
        let step = router.plan.step(self.now);
        let busy = step.more || !step.intents.is_empty();
        router.sent.extend(step.intents);
        busy
    }

    /// Lets one of a router's commands arrive, and tells it what became of it.
    pub(crate) fn arrive(&mut self, router: usize, which: usize) {
        let intent = self.routers[router].sent.remove(which);
        if !self.answer(&intent) {
            let plan = &mut self.routers[router].plan;
            plan.refused(self.now, intent.ticket, intent.version);
        }
    }

    /// Loses one on its way, or the answer to it; whoever sent it sends it again later, if it is still
    /// wanted.
    pub(crate) fn lose(&mut self, router: usize, which: usize, arrives: bool) {
        let intent = self.routers[router].sent.remove(which);
        if arrives {
            self.answer(&intent);
        }
        let router = &mut self.routers[router];
        if router.plan.is_wanted(intent.ticket, intent.version) {
            router.sent.push(intent);
        }
    }

    /// Whether it was done. A key's first outcome is its outcome for ever, and it stands for one
    /// command only.
    fn answer(&mut self, intent: &Intent) -> bool {
        let command = crate::router::Router::command(intent);
        let known = self.outcomes.get(&command.key).cloned();
        let (body, done) = known.unwrap_or_else(|| {
            let done = self.execute(intent.clone()).is_ok();
            (command.body.clone(), done)
        });
        let is_same = body == command.body;
        self.outcomes.insert(command.key, (body, done));
        done && is_same
    }

    pub(crate) fn execute(&mut self, intent: Intent) -> Result<(), Rejection> {
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
    pub(crate) fn pass(&mut self, time: SignedDuration) {
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
}
