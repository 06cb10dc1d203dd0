//! What the log says of a partition's tickets: the state that commands are decided on. It advances
//! by folding valid records only (`fold`), never by deciding.

use std::collections::{HashMap, VecDeque};

use docket_domain::ids::TicketId;
use docket_domain::{StatusName, Ticket, TicketNumber};
use docket_schemas::control::Claimed;
use jiff::Timestamp;

use super::outcomes::{KEPT_FOR, Outcome, Outcomes};

/// One ticket's stream.
#[derive(Default, Debug)]
pub(crate) struct Stream {
    pub(crate) ticket: Ticket,
    pub(crate) outcomes: Outcomes,
    /// A valid event of it can't be read by this version: its state has a hole from there on, and
    /// nothing may be decided on it.
    pub(crate) undecodable: bool,
}

/// All streams of a partition.
#[derive(Debug)]
pub(crate) struct PartitionState {
    partition: u16,
    partitions: u16,
    streams: HashMap<TicketId, Stream>,
    /// How many tickets have been opened here; the next one's number comes from it.
    pub(super) opened: u64,
    /// The last valid claim: who owns the partition.
    pub(super) owner: Option<Claimed>,
    /// Streams that had ended, or did not exist, at that time: their outcomes go after a day.
    ended: VecDeque<(Timestamp, TicketId)>,
}

impl PartitionState {
    /// Of a partition that nothing has been read of.
    pub(crate) fn new(partition: u16, partitions: u16) -> Self {
        Self {
            partition,
            partitions,
            streams: HashMap::new(),
            opened: 0,
            owner: None,
            ended: VecDeque::new(),
        }
    }

    pub(crate) fn stream(&self, ticket: TicketId) -> Option<&Stream> {
        self.streams.get(&ticket)
    }

    pub(super) fn stream_mut(&mut self, ticket: TicketId) -> &mut Stream {
        self.streams.entry(ticket).or_default()
    }

    /// The number of a ticket before which so many were opened here.
    pub(super) fn number(&self, opened: u64) -> TicketNumber {
        TicketNumber::new(opened, self.partitions, self.partition)
    }

    /// Tickets opened here, ever.
    pub(crate) fn opened(&self) -> u64 {
        self.opened
    }

    /// Who owns the partition, if anybody ever claimed it.
    pub(crate) fn owner(&self) -> Option<&Claimed> {
        self.owner.as_ref()
    }

    /// Notes an outcome; `at` is its record's time.
    pub(super) fn note(&mut self, ticket: TicketId, at: Timestamp, outcome: Outcome) {
        let stream = self.stream_mut(ticket);
        stream.outcomes.add(outcome);
        if stream.has_ended() {
            self.ended.push_back((at, ticket));
        }
        self.forget(at);
    }

    /// Lets go of outcomes that are kept for a day only. Follows the records' time, so it is the
    /// same work for every replica.
    fn forget(&mut self, now: Timestamp) {
        while let Some((at, ticket)) = self.ended.front().copied() {
            if now.duration_since(at) <= KEPT_FOR {
                break;
            }
            self.ended.pop_front();
            if let Some(stream) = self.streams.get_mut(&ticket)
                && stream.has_ended()
            {
                stream.outcomes.forget(now);
                if stream.outcomes.is_empty() && stream.is_nothing() {
                    self.streams.remove(&ticket);
                }
            }
        }
    }
}

impl Stream {
    /// The ticket's status, if there is one.
    pub(crate) fn status(&self) -> Option<StatusName> {
        match &self.ticket {
            Ticket::Unopened => None,
            Ticket::Opened(state) => Some(state.status.name()),
        }
    }

    /// The ticket's number, if there is one.
    pub(crate) fn number(&self) -> Option<TicketNumber> {
        match &self.ticket {
            Ticket::Unopened => None,
            Ticket::Opened(state) => Some(state.number),
        }
    }

    fn has_ended(&self) -> bool {
        matches!(
            self.status(),
            None | Some(StatusName::Closed | StatusName::Cancelled)
        )
    }

    /// Only refusals of something that isn't there.
    fn is_nothing(&self) -> bool {
        matches!(self.ticket, Ticket::Unopened) && !self.undecodable
    }
}
