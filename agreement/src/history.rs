//! A stream's history: all that happened, in order, and what the decider makes of it.

use docket_domain::stream::{Aggregate, Event, StreamId, evolve};
use docket_domain::{Ticket, TicketEvent, TicketState};
use jiff::Timestamp;
use serde_json::Value;

use crate::told::{Told, time};

/// A stream, from its beginning.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) id: StreamId,
    pub(crate) told: Vec<Told>,
    /// After each of them.
    states: Vec<Aggregate>,
}

impl History {
    pub(crate) fn new(id: StreamId) -> Self {
        Self {
            id,
            told: Vec::new(),
            states: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, told: Told) {
        let before = self.states.last().cloned();
        let before = before.unwrap_or_else(|| Aggregate::initial(self.id));
        self.states.push(evolve(before, &told.context, &told.event));
        self.told.push(told);
    }

    /// As it was when it had so many events.
    pub(crate) fn until(&self, version: usize) -> Past<'_> {
        Past {
            told: &self.told[..version],
            states: &self.states[..version],
        }
    }

    /// As it is.
    pub(crate) fn now(&self) -> Past<'_> {
        self.until(self.told.len())
    }

    /// As it was after each event.
    pub(crate) fn pasts(&self) -> impl Iterator<Item = Past<'_>> {
        (1..=self.told.len()).map(|version| self.until(version))
    }
}

/// A history up to some event of it; never empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past<'a> {
    pub(crate) told: &'a [Told],
    states: &'a [Aggregate],
}

impl<'a> Past<'a> {
    pub(crate) fn state(self) -> &'a Aggregate {
        self.states.last().expect("something has happened")
    }

    /// What happened first, and last.
    pub(crate) fn first(self) -> &'a Told {
        &self.told[0]
    }

    pub(crate) fn last(self) -> &'a Told {
        self.told.last().expect("something has happened")
    }

    /// The decider's count of events, which is ours.
    pub(crate) fn version(self) -> usize {
        assert_eq!(self.state().version() as usize, self.told.len());
        self.told.len()
    }

    /// The latest business time of all.
    pub(crate) fn as_of(self) -> Value {
        let times = self.told.iter().map(|told| told.context.occurred_at);
        time(times.max().unwrap_or(Timestamp::MIN))
    }

    /// The latest of the answers that events give.
    pub(crate) fn latest<T>(self, answer: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
        self.told.iter().rev().find_map(|told| answer(&told.event))
    }

    /// The place of the last event of which this is so.
    pub(crate) fn last_place(self, is: impl Fn(&'a Told) -> bool) -> Option<usize> {
        self.told.iter().rposition(is)
    }

    /// The ticket's events.
    pub(crate) fn ticket_events(self) -> impl DoubleEndedIterator<Item = &'a TicketEvent> {
        self.told.iter().map(Told::ticket)
    }

    /// The latest of the answers that a ticket's events give.
    pub(crate) fn latest_of_ticket<T>(
        self,
        answer: impl Fn(&'a TicketEvent) -> Option<T>,
    ) -> Option<T> {
        self.ticket_events().rev().find_map(answer)
    }

    /// How many events of a ticket are of a sort.
    pub(crate) fn count(self, is: impl Fn(&TicketEvent) -> bool) -> usize {
        self.ticket_events().filter(|event| is(event)).count()
    }

    pub(crate) fn ticket(self) -> &'a TicketState {
        match self.state() {
            Aggregate::Ticket(Ticket::Opened(state)) => state,
            other => panic!("not an opened ticket: {other:?}"),
        }
    }

    /// Without the last so many events.
    pub(crate) fn before(self, place: usize) -> Option<Self> {
        (place > 0).then(|| Self {
            told: &self.told[..place],
            states: &self.states[..place],
        })
    }
}

impl Told {
    pub(crate) fn ticket(&self) -> &TicketEvent {
        match &self.event {
            Event::Ticket(event) => event,
            other => panic!("not of a ticket: {other:?}"),
        }
    }
}
