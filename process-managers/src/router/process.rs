//! The router as a process manager: its plan, and the commands for what that wants.

use docket_domain::Timestamp;
use docket_domain::ids::RouterId;
use docket_schemas::ticket::DecisionV1;
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

use super::RouterConfig;
use super::figures::Figures;
use super::plan::{Intent, Plan, What};
use crate::commands::Command;
use crate::fact::Told;
use crate::manager::{Manager, Step};

/// One router.
#[derive(Debug)]
pub struct Router {
    pub(super) plan: Plan,
    figures: Figures,
}

impl Router {
    /// A standby that knows nothing yet, for a log of so many partitions.
    pub fn new(config: &RouterConfig, partitions: u16) -> Self {
        let router = RouterId(Uuid::new_v4());
        tracing::info!(%router, "a router starts, as a standby");
        let zones = Box::new(|name: &str| TimeZone::get(name).ok());
        Self::of(Plan::new(router, config.settings(), partitions, zones))
    }

    pub(super) fn of(plan: Plan) -> Self {
        Self {
            plan,
            figures: Figures::new(),
        }
    }
}

impl Manager for Router {
    type Intent = Intent;
    const NAME: &'static str = "router";

    fn read(&mut self, _: Timestamp, told: &Told) {
        self.plan.read(told);
    }

    fn catch_up(&mut self, now: Timestamp) {
        self.plan.catch_up(now);
    }

    fn complete_until(&mut self, at: Timestamp) {
        self.plan.complete_until(at);
    }

    fn step(&mut self, now: Timestamp) -> Step<Intent> {
        let timer = self.figures.step();
        let step = self.plan.step(now);
        timer.took(&step);
        Step {
            intents: step.intents,
            more: step.more,
        }
    }

    fn next_timer(&self) -> Option<Timestamp> {
        self.plan.next_timer()
    }

    /// The first one's key is the same whichever router sends it.
    fn command(intent: &Intent) -> Command {
        let Intent {
            ticket,
            version,
            repeat,
            what,
        } = intent;
        let (name, body) = match what {
            What::Assign {
                consultant,
                decision,
            } => (
                "assign",
                json!({"consultant": consultant.0, "decision": DecisionV1::from(&**decision)}),
            ),
            What::TakeBack { reason } => ("unassign", json!({"reason": reason.as_str()})),
        };
        let key = format!("router-{ticket}-{version}");
        Command::new(
            format!("v1/tickets/{ticket}/{name}"),
            key,
            *repeat,
            *version,
            &body,
        )
    }

    fn refused(&mut self, now: Timestamp, intent: &Intent) {
        self.plan.refused(now, intent.ticket, intent.version);
    }

    fn is_wanted(&self, intent: &Intent) -> bool {
        self.plan.is_wanted(intent.ticket, intent.version)
    }

    fn tell(&self) {
        self.figures.tell(&self.plan);
    }
}
