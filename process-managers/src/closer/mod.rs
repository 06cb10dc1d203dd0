//! The closer: closes tickets that have been resolved for some time.
//!
//! Guarantee: a ticket is closed at the version at which it was resolved long enough; one that is
//! reopened, be it at the same moment, starts anew. Any number of closers may run: each sends the same
//! command under the same key, good for that version only, and the log takes one. A ticket that an
//! import resolved is left to whoever knows that history (`docs/decisions/0013`).

mod config;
#[cfg(test)]
mod tests;

use docket_domain::command::OpenTicket;
use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_domain::{TicketEvent, Timestamp};
use jiff::SignedDuration;
use metrics::{Gauge, gauge};
use serde_json::json;

use crate::agenda::Agenda;
use crate::commands::Command;
use crate::fact::Told;
use crate::manager::{Manager, Step};
use crate::tickets::{Facts, Stage, Tickets};
use crate::words::Words;

pub use config::CloserConfig;

/// One closer.
#[derive(Debug)]
pub struct Closer {
    after: SignedDuration,
    tickets: Tickets<Nothing>,
    /// Resolved tickets; each is to be closed at the version it has.
    agenda: Agenda<u32>,
    figures: Figures,
}

/// A ticket to be closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Close {
    ticket: TicketId,
    version: u32,
    repeat: u32,
}

/// Where a ticket stands is all there is to know.
#[derive(Debug)]
struct Nothing;

impl Facts for Nothing {
    fn opened(_: &OpenTicket, _: &mut Words) -> Self {
        Self
    }

    fn apply(&mut self, _: &TicketEvent, _: &mut Words) {}
}

#[derive(Debug)]
struct Figures {
    resolved: Gauge,
    tickets: Gauge,
}

impl Closer {
    /// One that knows nothing yet, for a log of so many partitions.
    pub fn new(config: &CloserConfig, partitions: u16) -> Self {
        Self {
            after: SignedDuration::from_secs(config.after_s.into()),
            tickets: Tickets::new(partitions),
            agenda: Agenda::new(partitions),
            figures: Figures {
                resolved: gauge!("docket_closer_resolved_tickets"),
                tickets: gauge!("docket_closer_known_tickets"),
            },
        }
    }

    fn look(&mut self, id: TicketId) {
        let ticket = self.tickets.get(id);
        match ticket.map(|ticket| (ticket.version, ticket.stage)) {
            Some((version, Some(Stage::Resolved { at, live: true }))) => {
                let at = at.checked_add(self.after).unwrap_or(Timestamp::MAX);
                self.agenda.set(id, StreamId::Ticket(id), version, at);
            }
            _ => self.agenda.clear(id),
        }
    }
}

impl Manager for Closer {
    type Intent = Close;
    const NAME: &'static str = "closer";

    fn read(&mut self, _: Timestamp, told: &Told) {
        if let Some(ticket) = self.tickets.read(told) {
            self.look(ticket);
        }
    }

    fn step(&mut self, now: Timestamp) -> Step<Close> {
        let mut intents = Vec::new();
        while let Some((ticket, version, repeat)) = self.agenda.take(now) {
            intents.push(Close {
                ticket,
                version,
                repeat,
            });
        }
        Step {
            intents,
            more: false,
        }
    }

    fn next_timer(&self) -> Option<Timestamp> {
        self.agenda.first()
    }

    fn command(intent: &Close) -> Command {
        let Close {
            ticket,
            version,
            repeat,
        } = intent;
        Command::new(
            format!("v1/tickets/{ticket}/close"),
            format!("closer-{ticket}-{version}"),
            *repeat,
            *version,
            &json!({}),
        )
    }

    fn refused(&mut self, now: Timestamp, intent: &Close) {
        self.agenda.refused(intent.ticket, intent.version, now);
    }

    fn is_wanted(&self, intent: &Close) -> bool {
        self.agenda.is_sent(intent.ticket, intent.version)
    }

    fn tell(&self) {
        self.figures.resolved.set(self.agenda.len() as f64);
        self.figures.tickets.set(self.tickets.len() as f64);
    }
}
