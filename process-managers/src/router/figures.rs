//! What is measured of the router.

use std::time::Instant;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::plan::{Plan, Step};

#[derive(Debug)]
pub(super) struct Figures {
    active: Gauge,
    waiting: Gauge,
    in_flight: Gauge,
    tickets: Gauge,
    unreadable: Gauge,
    decisions: Counter,
    steps: Histogram,
}

/// A step that is being measured.
pub(super) struct StepTimer<'a> {
    figures: &'a Figures,
    began: Instant,
}

impl Figures {
    pub(super) fn new() -> Self {
        Self {
            active: gauge!("docket_router_active"),
            waiting: gauge!("docket_router_waiting_tickets"),
            in_flight: gauge!("docket_router_in_flight_commands"),
            tickets: gauge!("docket_router_known_tickets"),
            unreadable: gauge!("docket_router_unreadable_records"),
            decisions: counter!("docket_router_decisions_total"),
            steps: histogram!("docket_router_step_seconds"),
        }
    }

    pub(super) fn tell(&self, plan: &Plan) {
        let (waiting, in_flight) = plan.waiting();
        self.active.set(f64::from(u8::from(plan.is_active())));
        self.waiting.set(waiting as f64);
        self.in_flight.set(in_flight as f64);
        self.tickets.set(plan.world.count().0 as f64);
        self.unreadable.set(plan.world.unreadable as f64);
    }

    pub(super) fn step(&self) -> StepTimer<'_> {
        StepTimer {
            figures: self,
            began: Instant::now(),
        }
    }
}

impl StepTimer<'_> {
    pub(super) fn took(self, step: &Step) {
        if step.decisions > 0 {
            self.figures.decisions.increment(step.decisions.into());
            self.figures
                .steps
                .record(self.began.elapsed().as_secs_f64());
        }
    }
}
