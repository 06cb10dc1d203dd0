//! What is to be sent for tickets, and when: one thing for each at most, with one command at most on
//! its way.
//!
//! Guarantee: what is on its way isn't sent again until it was refused or something else is to be
//! sent; a refused one waits, each time twice as long; only so many are on their way at once.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::TicketId;
use jiff::SignedDuration;

/// How many commands may be on their way at once: none of this is urgent.
const IN_FLIGHT_MAX: usize = 16;
const PAUSE_MIN_S: i64 = 1;
const PAUSE_MAX_S: i64 = 3_600;

/// By ticket, what is to be sent.
#[derive(Debug)]
pub(crate) struct Agenda<W> {
    items: HashMap<TicketId, Item<W>>,
    /// Those that aren't on their way.
    by_time: BTreeSet<(Timestamp, TicketId)>,
}

#[derive(Debug)]
struct Item<W> {
    what: W,
    at: Timestamp,
    sent: bool,
    /// How often it was refused.
    repeat: u32,
}

impl<W: Copy + PartialEq> Agenda<W> {
    pub(crate) fn new() -> Self {
        Self {
            items: HashMap::new(),
            by_time: BTreeSet::new(),
        }
    }

    /// It is to be sent for that ticket then, instead of anything else. If it is already, that stays
    /// as it is.
    pub(crate) fn set(&mut self, ticket: TicketId, what: W, at: Timestamp) {
        if self.items.get(&ticket).is_some_and(|it| it.what == what) {
            return;
        }
        self.clear(ticket);
        self.by_time.insert((at, ticket));
        let item = Item {
            what,
            at,
            sent: false,
            repeat: 0,
        };
        self.items.insert(ticket, item);
    }

    /// Nothing is to be sent for that ticket.
    pub(crate) fn clear(&mut self, ticket: TicketId) {
        if let Some(item) = self.items.remove(&ticket) {
            self.by_time.remove(&(item.at, ticket));
        }
    }

    /// When something is due next, if anything may be sent then.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        let (at, _) = self.by_time.first()?;
        (self.in_flight() < IN_FLIGHT_MAX).then_some(*at)
    }

    /// Something that is due: now it is on its way. With how often it was refused.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<(TicketId, W, u32)> {
        let at = self.first().filter(|at| *at <= now)?;
        let (_, ticket) = self.by_time.pop_first()?;
        let item = self.items.get_mut(&ticket)?;
        debug_assert_eq!(item.at, at);
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
            self.by_time.insert((item.at, ticket));
        }
    }

    /// How many things there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    fn in_flight(&self) -> usize {
        self.items.len() - self.by_time.len()
    }
}
