//! Commands that are on their way: what they will change is counted as changed already, so that
//! nobody gets more than they may while nothing has come back yet.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::Reserved;

/// A command on its way to a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Flight {
    /// The ticket's version that it was decided on; it is over as soon as there is another.
    pub(super) version: u32,
    /// Whom it gives the ticket to.
    pub(super) consultant: Option<PersonId>,
    /// Whether another router should be sending it, and this one only watches.
    pub(super) shadow: bool,
}

#[derive(Debug, Default)]
pub(super) struct Flights {
    of: HashMap<TicketId, Flight>,
    coming: HashMap<PersonId, Coming>,
}

/// What is on its way to somebody.
#[derive(Debug)]
struct Coming {
    tickets: BTreeSet<TicketId>,
    last: Timestamp,
}

impl Coming {
    fn told(&self, consultant: PersonId) -> Reserved {
        Reserved {
            consultant,
            tickets: self.tickets.len() as u32,
            last_at: self.last,
        }
    }
}

impl Flights {
    pub(super) fn start(&mut self, ticket: TicketId, flight: Flight, now: Timestamp) {
        self.of.insert(ticket, flight);
        if let Some(who) = flight.consultant {
            let coming = self.coming.entry(who).or_insert_with(|| Coming {
                tickets: BTreeSet::new(),
                last: now,
            });
            coming.tickets.insert(ticket);
            coming.last = coming.last.max(now);
        }
    }

    /// It is over, one way or the other.
    pub(super) fn end(&mut self, ticket: TicketId) -> Option<Flight> {
        let flight = self.of.remove(&ticket)?;
        if let Some(who) = flight.consultant
            && let Some(coming) = self.coming.get_mut(&who)
        {
            coming.tickets.remove(&ticket);
            if coming.tickets.is_empty() {
                self.coming.remove(&who);
            }
        }
        Some(flight)
    }

    pub(super) fn get(&self, ticket: TicketId) -> Option<Flight> {
        self.of.get(&ticket).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    /// What is on its way to somebody.
    pub(super) fn to(&self, who: PersonId) -> Option<Reserved> {
        self.coming.get(&who).map(|coming| coming.told(who))
    }

    /// All that is on its way, by consultant, in no particular order.
    pub(super) fn reserved(&self) -> impl Iterator<Item = Reserved> {
        self.coming.iter().map(|(who, coming)| coming.told(*who))
    }

    pub(super) fn shadows(&self) -> Vec<TicketId> {
        let shadows = self.of.iter().filter(|(_, flight)| flight.shadow);
        shadows.map(|(id, _)| *id).collect()
    }
}
