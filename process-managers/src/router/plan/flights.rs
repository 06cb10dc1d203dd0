//! Commands that are on their way: what they will change is counted as changed already, so that
//! nobody gets more than they may while nothing has come back yet.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};

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
    reserved: HashMap<PersonId, Reserved>,
}

#[derive(Debug)]
struct Reserved {
    tickets: BTreeSet<TicketId>,
    last: Timestamp,
}

impl Flights {
    pub(super) fn start(&mut self, ticket: TicketId, flight: Flight, now: Timestamp) {
        self.of.insert(ticket, flight);
        if let Some(who) = flight.consultant {
            let reserved = self.reserved.entry(who).or_insert_with(|| Reserved {
                tickets: BTreeSet::new(),
                last: now,
            });
            reserved.tickets.insert(ticket);
            reserved.last = now;
        }
    }

    /// It is over, one way or the other.
    pub(super) fn end(&mut self, ticket: TicketId) -> Option<Flight> {
        let flight = self.of.remove(&ticket)?;
        if let Some(who) = flight.consultant
            && let Some(reserved) = self.reserved.get_mut(&who)
        {
            reserved.tickets.remove(&ticket);
            if reserved.tickets.is_empty() {
                self.reserved.remove(&who);
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

    /// How many tickets are on their way to somebody, and since when the last one is.
    pub(super) fn to(&self, who: PersonId) -> (u32, Option<Timestamp>) {
        self.reserved.get(&who).map_or((0, None), |reserved| {
            (reserved.tickets.len() as u32, Some(reserved.last))
        })
    }

    pub(super) fn shadows(&self) -> Vec<TicketId> {
        let shadows = self.of.iter().filter(|(_, flight)| flight.shadow);
        shadows.map(|(id, _)| *id).collect()
    }
}
