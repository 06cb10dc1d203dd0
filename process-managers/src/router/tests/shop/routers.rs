//! Routers: what can be set for them, how they start, and what they ask for.

use docket_domain::TicketCommand;
use docket_domain::ids::RouterId;
use docket_domain::routing::Rules;
use docket_domain::stream::{Command, StreamId};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{PARTITIONS, Shop, minutes, zone};
use crate::desk::Wants;
use crate::router::Router;
use crate::router::plan::{Intent, Plan, Settings, What};

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

impl Wants for Router {
    fn asked(intent: &Intent) -> (StreamId, u32, Command) {
        let command = match intent.what.clone() {
            What::Assign {
                consultant,
                decision,
            } => TicketCommand::Assign {
                consultant,
                decision: Some(decision),
            },
            What::TakeBack { reason } => TicketCommand::Unassign { reason },
        };
        (
            StreamId::Ticket(intent.ticket),
            intent.version,
            command.into(),
        )
    }
}

impl Shop {
    /// With one router, which is active already.
    pub(crate) fn new() -> Self {
        let mut shop = Self::empty();
        shop.start_router(1, at_once());
        shop
    }

    /// One that has read all there is.
    pub(crate) fn start_router(&mut self, id: u128, settings: Settings) {
        let router = RouterId(Uuid::from_u128(id));
        let plan = Plan::new(router, settings, PARTITIONS, Box::new(zone));
        self.start(Router::of(plan));
    }

    /// What a router knows and is about to do.
    pub(crate) fn plan(&self, which: usize) -> &Plan {
        &self.managers[which].manager.plan
    }
}
