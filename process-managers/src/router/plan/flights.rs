//! Commands that are on their way: what they will change is counted as changed already, so that
//! nobody gets more than they may while nothing has come back yet. In each partition only so many
//! are at a time, so that one that gives no answers holds up nothing but itself.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{RESERVED_MAX, Reserved, Turn};
use docket_domain::stream::StreamId;
use docket_schemas::stream::{key, partition_of};

/// A command on its way to a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Flight {
    /// The ticket's version that it was decided on; it is over as soon as there is another.
    pub(super) version: u32,
    /// Whom it gives the ticket to.
    pub(super) consultant: Option<PersonId>,
    /// Nothing is sent, this router only watches: when another should have sent it.
    pub(super) due: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Flights {
    of: HashMap<TicketId, Flight>,
    coming: HashMap<PersonId, Coming>,
    partitions: Vec<Partition>,
    /// The most on their way in a partition.
    most: usize,
}

#[derive(Clone, Debug, Default)]
struct Partition {
    flights: usize,
    /// What is to be looked at when there is room again, by turn; what has none goes first.
    held_up: BTreeSet<(Option<Turn>, TicketId)>,
    /// How many of them may be: not all of a long queue for each landing.
    admissible: usize,
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
    /// So many in a partition at most; fewer, if together they would be more than a decision records.
    pub(super) fn new(partitions: u16, most: usize) -> Self {
        let partitions = usize::from(partitions);
        Self {
            of: HashMap::new(),
            coming: HashMap::new(),
            partitions: vec![Partition::default(); partitions],
            most: most.min(RESERVED_MAX / partitions).max(1),
        }
    }

    fn partition(&mut self, ticket: TicketId) -> &mut Partition {
        let partitions = self.partitions.len() as u16;
        let partition = partition_of(key(StreamId::Ticket(ticket)).as_bytes(), partitions);
        &mut self.partitions[usize::from(partition)]
    }

    /// Whether nothing may be sent to that ticket now.
    pub(super) fn is_full(&mut self, ticket: TicketId) -> bool {
        let most = self.most;
        self.partition(ticket).flights >= most
    }

    /// Notes that it is to be looked at when there is room.
    pub(super) fn hold_up(&mut self, ticket: TicketId, turn: Option<Turn>) {
        self.partition(ticket).held_up.insert((turn, ticket));
    }

    /// Whether nothing may be sent to any ticket now.
    pub(super) fn are_full(&self) -> bool {
        self.partitions.iter().all(|it| it.flights >= self.most)
    }

    /// Something that was held up and needn't be any more: for each that landed, no more than there is
    /// room for.
    pub(super) fn admitted(&mut self) -> Option<TicketId> {
        let mut roomy = self.partitions.iter_mut().filter(|it| it.admissible > 0);
        roomy.find_map(|partition| {
            partition.admissible -= 1;
            Some(partition.held_up.pop_first()?.1)
        })
    }

    /// Admits as many as there is room for, when those before them came to nothing; says whether there
    /// are any.
    pub(super) fn admit_more(&mut self) -> bool {
        let mut any = false;
        for partition in &mut self.partitions {
            partition.admissible = self.most.saturating_sub(partition.flights);
            any |= partition.admissible > 0 && !partition.held_up.is_empty();
        }
        any
    }

    pub(super) fn start(&mut self, ticket: TicketId, flight: Flight, now: Timestamp) {
        self.partition(ticket).flights += 1;
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
        let most = self.most;
        let partition = self.partition(ticket);
        partition.flights -= 1;
        partition.admissible = most.saturating_sub(partition.flights);
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

    /// How many are held up, at most: some may be settled by now.
    pub(super) fn held_up(&self) -> usize {
        self.partitions.iter().map(|it| it.held_up.len()).sum()
    }

    /// What is on its way to somebody.
    pub(super) fn to(&self, who: PersonId) -> Option<Reserved> {
        self.coming.get(&who).map(|coming| coming.told(who))
    }

    /// All that is on its way, by consultant, in no particular order.
    pub(super) fn reserved(&self) -> impl Iterator<Item = Reserved> {
        self.coming.iter().map(|(who, coming)| coming.told(*who))
    }

    /// Another router has time until then.
    pub(super) fn put_off(&mut self, ticket: TicketId, due: Timestamp) {
        if let Some(flight) = self.of.get_mut(&ticket) {
            flight.due = Some(due);
        }
    }

    pub(super) fn shadows(&self) -> Vec<TicketId> {
        let shadows = self.of.iter().filter(|(_, flight)| flight.due.is_some());
        shadows.map(|(id, _)| *id).collect()
    }
}
