//! What is to be sent for tickets, and when: one thing for each at most, with one command at most on
//! its way.
//!
//! Guarantee: what is on its way isn't sent again until it was refused or something else is to be
//! sent; a refused one waits, each time twice as long. Only so many are on their way at once, each
//! partition having its share: one that gives no answers holds up its own only.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::TicketId;
use docket_domain::stream::StreamId;
use docket_schemas::stream::{key, partition_of};
use jiff::SignedDuration;

/// How many commands may be on their way to a partition at once: none of this is urgent.
pub(crate) const IN_FLIGHT_MAX: usize = 4;
const PAUSE_MIN_S: i64 = 1;
const PAUSE_MAX_S: i64 = 3_600;

/// By ticket, what is to be sent.
#[derive(Debug)]
pub(crate) struct Agenda<W> {
    items: HashMap<TicketId, Item<W>>,
    /// By partition that commands go to.
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Item<W> {
    what: W,
    at: Timestamp,
    lane: u16,
    sent: bool,
    /// How often it was refused.
    repeat: u32,
}

#[derive(Clone, Debug, Default)]
struct Lane {
    waiting: BTreeSet<(Timestamp, TicketId)>,
    in_flight: usize,
}

impl<W: Copy + PartialEq> Agenda<W> {
    pub(crate) fn new(partitions: u16) -> Self {
        Self {
            items: HashMap::new(),
            lanes: vec![Lane::default(); usize::from(partitions)],
        }
    }

    /// It is to be sent for that ticket then, as a command to that stream, instead of anything else.
    /// If it is already, that stays as it is.
    pub(crate) fn set(&mut self, ticket: TicketId, to: StreamId, what: W, at: Timestamp) {
        if self.items.get(&ticket).is_some_and(|it| it.what == what) {
            return;
        }
        self.clear(ticket);
        let lane = partition_of(key(to).as_bytes(), self.lanes.len() as u16);
        self.lanes[usize::from(lane)].waiting.insert((at, ticket));
        let item = Item {
            what,
            at,
            lane,
            sent: false,
            repeat: 0,
        };
        self.items.insert(ticket, item);
    }

    /// Nothing is to be sent for that ticket.
    pub(crate) fn clear(&mut self, ticket: TicketId) {
        if let Some(item) = self.items.remove(&ticket) {
            let lane = &mut self.lanes[usize::from(item.lane)];
            lane.in_flight -= usize::from(item.sent);
            lane.waiting.remove(&(item.at, ticket));
        }
    }

    /// When something is due next, if anything may be sent then.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        let firsts = self.lanes.iter().filter_map(Lane::first);
        firsts.map(|(at, _)| at).min()
    }

    /// Something that is due: now it is on its way. With how often it was refused.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<(TicketId, W, u32)> {
        let (at, ticket) = self.lanes.iter().filter_map(Lane::first).min()?;
        if at > now {
            return None;
        }
        let item = self.items.get_mut(&ticket)?;
        let lane = &mut self.lanes[usize::from(item.lane)];
        lane.waiting.remove(&(at, ticket));
        lane.in_flight += 1;
        item.sent = true;
        Some((ticket, item.what, item.repeat))
    }

    /// Whether that is on its way.
    pub(crate) fn is_sent(&self, ticket: TicketId, what: W) -> bool {
        let item = self.items.get(&ticket);
        item.is_some_and(|item| item.sent && item.what == what)
    }

    /// It was refused; if it is still to be sent, it is tried again later.
    pub(crate) fn refused(&mut self, ticket: TicketId, what: W, now: Timestamp) {
        if !self.is_sent(ticket, what) {
            return;
        }
        if let Some(item) = self.items.get_mut(&ticket) {
            let pause = (PAUSE_MIN_S << item.repeat.min(12)).min(PAUSE_MAX_S);
            item.sent = false;
            item.repeat += 1;
            item.at = now + SignedDuration::from_secs(pause);
            let lane = &mut self.lanes[usize::from(item.lane)];
            lane.in_flight -= 1;
            lane.waiting.insert((item.at, ticket));
        }
    }

    /// How many things there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

impl Lane {
    fn first(&self) -> Option<(Timestamp, TicketId)> {
        let first = self.waiting.first().copied();
        first.filter(|_| self.in_flight < IN_FLIGHT_MAX)
    }
}
