//! What the log says of a partition's streams: the state that commands are decided on. It advances
//! by folding valid records only (`fold`), never by deciding.
//!
//! Tickets that are closed for good, and surveys, may lie in a snapshot's file instead of memory; all
//! other streams are always in memory. A stream that is to be read or changed is
//! [warmed](PartitionState::warm) first; where it lies makes no other difference.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use docket_domain::consultant::Consultant;
use docket_domain::customer::Customer;
use docket_domain::stream::{Aggregate, StreamId};
use docket_domain::survey::Survey;
use docket_domain::ticket::Status;
use docket_domain::{StatusName, Ticket, TicketNumber};
use docket_event_log::Sequence;
use docket_schemas::control::Claimed;
use jiff::Timestamp;

use super::hours::Hours;
use super::outcomes::{Outcome, Outcomes, is_old};
use crate::snapshot::{Cold, Unreadable};

/// One stream.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) aggregate: Aggregate,
    pub(crate) outcomes: Outcomes,
    /// A valid event of it can't be read by this version: its state has a hole from there on, and
    /// nothing may be decided on it.
    pub(crate) undecodable: bool,
    /// The sequence of the last record that said something of it since it came into memory from a
    /// file; 0 if none did.
    touched: u64,
}

/// All streams of a partition.
#[derive(Debug)]
pub(crate) struct PartitionState {
    partition: u16,
    partitions: u16,
    /// Those in memory.
    streams: HashMap<StreamId, Stream>,
    /// Those that aren't, but for the ones that have been warmed since.
    cold: Option<Arc<Cold>>,
    /// The first record that the snapshot it lies in lacks.
    cold_until: Sequence,
    /// Those that lie there, and perhaps in memory too.
    surplus: Vec<StreamId>,
    /// How many tickets have been opened here; the next one's number comes from it.
    pub(super) opened: u64,
    /// The last valid claim: who owns the partition.
    pub(super) owner: Option<Claimed>,
    /// What outcomes are forgotten by.
    hours: Hours,
    /// Streams that had ended, or did not exist, in that hour: their outcomes go after a day.
    ended: VecDeque<(u32, StreamId)>,
    #[cfg(test)]
    pub(crate) moved: Moved,
}

/// How many streams came into memory from a file, and were shed from it.
#[cfg(test)]
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Moved {
    pub(crate) found: u64,
    pub(crate) shed: u64,
}

/// The cold part of a new snapshot, for the partition's task to take over.
#[derive(Debug)]
pub(crate) struct Adoption {
    pub(crate) cold: Arc<Cold>,
    /// The first record that the snapshot lacks: one who hasn't read so far can't adopt it.
    pub(crate) next_sequence: Sequence,
    /// What is in it and was not in the one before.
    pub(crate) over: Vec<StreamId>,
}

impl PartitionState {
    /// Of a partition that nothing has been read of.
    pub(crate) fn new(partition: u16, partitions: u16) -> Self {
        Self {
            partition,
            partitions,
            streams: HashMap::new(),
            cold: None,
            cold_until: Sequence(0),
            surplus: Vec::new(),
            opened: 0,
            owner: None,
            hours: Hours::default(),
            ended: VecDeque::new(),
            #[cfg(test)]
            moved: Moved::default(),
        }
    }

    /// Brings a stream into memory if it lies in the snapshot's file. An error says nothing about
    /// the stream: nothing can be decided or folded on it then.
    pub(crate) fn warm(&mut self, id: StreamId) -> Result<(), Unreadable> {
        if let Some(cold) = &self.cold
            && !self.streams.contains_key(&id)
            && let Some(found) = cold.find(id)?
        {
            tracing::debug!(stream = %id, "found in the snapshot");
            #[cfg(test)]
            {
                self.moved.found += 1;
            }
            self.streams.insert(id, Stream::new(found));
        }
        Ok(())
    }

    /// Lets go again of a stream that [`warm`](Self::warm) has just brought in, and that no record
    /// will change.
    pub(crate) fn cool(&mut self, id: StreamId) {
        self.streams.remove(&id);
    }

    /// A stream, if there is one; [`warm`](Self::warm) it first.
    pub(crate) fn stream(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(&id)
    }

    /// A stream to fold into; [`warm`](Self::warm) it first.
    pub(super) fn stream_mut(&mut self, id: StreamId) -> &mut Stream {
        let initial = || Stream::new(Aggregate::initial(id));
        self.streams.entry(id).or_insert_with(initial)
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

    /// A record of that time has come.
    pub(super) fn see(&mut self, at: Timestamp) {
        self.hours.see(at);
        self.forget();
    }

    /// The hours that its records are dated in.
    pub(crate) fn hours(&self) -> &Hours {
        &self.hours
    }

    /// Notes an outcome, of the hour now.
    pub(super) fn note(&mut self, id: StreamId, outcome: Outcome) {
        let ended = (outcome.at, id);
        let stream = self.stream_mut(id);
        stream.touched = outcome.sequence;
        stream.outcomes.add(outcome);
        if stream.has_ended() && self.ended.back() != Some(&ended) {
            self.ended.push_back(ended);
        }
    }

    /// Lets go of outcomes that are kept for a day only. Follows the records, so it is the same
    /// work for every replica.
    fn forget(&mut self) {
        let now = self.hours.count();
        while let Some((at, id)) = self.ended.front().copied() {
            if !is_old(at, now) {
                break;
            }
            self.ended.pop_front();
            if let Some(stream) = self.streams.get_mut(&id)
                && stream.has_ended()
            {
                stream.outcomes.forget(now);
                if stream.outcomes.is_empty() && stream.is_nothing() {
                    self.streams.remove(&id);
                }
            }
            self.give_back();
        }
    }

    /// Takes over the cold part of a snapshot that was built from the one it has. What lies there
    /// too is then [shed](Self::shed) from memory. Gives it back when it is too early: while the
    /// one before is shed, whose list is of what lies there, and until everything in it has been
    /// read, since what it says of a stream may lie ahead. `next` is what will be read next.
    pub(crate) fn adopt(&mut self, adoption: Adoption, next: Sequence) -> Option<Adoption> {
        if self.is_shedding() || adoption.next_sequence > next {
            return Some(adoption);
        }
        self.cold = Some(adoption.cold);
        self.cold_until = adoption.next_sequence;
        self.surplus = adoption.over;
        None
    }

    /// Whether there is something to shed.
    pub(crate) fn is_shedding(&self) -> bool {
        !self.surplus.is_empty()
    }

    /// Drops some of the streams that lie in the snapshot's file, unless a record has touched them
    /// since. That they look the same is not enough: a refusal leaves no trace once its outcome is
    /// forgotten, but a snapshot built meanwhile may count the stream among the living ones, and
    /// what is not in memory must be cold in every snapshot that is adopted after this one.
    pub(crate) fn shed(&mut self, streams: usize) {
        for _ in 0..streams {
            let Some(id) = self.surplus.pop() else {
                break;
            };
            let until = self.cold_until.0;
            let untouched = |stream: &Stream| !stream.undecodable && stream.touched < until;
            if self.streams.get(&id).is_some_and(untouched) {
                self.streams.remove(&id);
                #[cfg(test)]
                {
                    self.moved.shed += 1;
                }
            }
        }
        if self.surplus.is_empty() {
            self.surplus = Vec::new();
        }
        self.give_back();
    }

    /// Gives memory back that is mostly empty: at a quarter, so that it is rarely done.
    fn give_back(&mut self) {
        const SMALL: usize = 4_096;
        if self.streams.capacity() > SMALL && self.streams.len() < self.streams.capacity() / 4 {
            self.streams.shrink_to(self.streams.len() * 2);
        }
        if self.ended.capacity() > SMALL && self.ended.len() < self.ended.capacity() / 4 {
            self.ended.shrink_to(self.ended.len() * 2);
        }
    }
}

/// For snapshots.
impl PartitionState {
    pub(crate) fn partitions(&self) -> u16 {
        self.partitions
    }

    /// The streams in memory, in no order.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.streams.iter().map(|(id, stream)| (*id, stream))
    }

    /// The streams that are not in memory, but for the ones that are.
    pub(crate) fn cold(&self) -> Option<&Arc<Cold>> {
        self.cold.as_ref()
    }

    /// The queue of ended streams.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (u32, StreamId)> {
        self.ended.iter().copied()
    }

    /// Puts a stream back that was in memory.
    pub(crate) fn restore(&mut self, id: StreamId, stream: Stream) {
        self.streams.insert(id, stream);
    }

    /// Puts everything else back.
    pub(crate) fn restored(
        &mut self,
        opened: u64,
        owner: Option<Claimed>,
        hours: Hours,
        ended: VecDeque<(u32, StreamId)>,
        cold: Arc<Cold>,
    ) {
        self.opened = opened;
        self.owner = owner;
        self.hours = hours;
        self.ended = ended;
        self.cold = Some(cold);
    }
}

impl Stream {
    /// One of which nothing else is known, or nothing else was kept.
    fn new(aggregate: Aggregate) -> Self {
        Self {
            aggregate,
            outcomes: Outcomes::default(),
            undecodable: false,
            touched: 0,
        }
    }

    /// One that comes out of a file with its outcomes.
    pub(crate) fn hot(aggregate: Aggregate, outcomes: Outcomes) -> Self {
        Self {
            outcomes,
            ..Self::new(aggregate)
        }
    }

    /// The ticket's status, if it is one and was opened.
    pub(crate) fn status(&self) -> Option<StatusName> {
        match &self.aggregate {
            Aggregate::Ticket(Ticket::Opened(state)) => Some(state.status.name()),
            _ => None,
        }
    }

    /// The ticket's number, likewise.
    pub(crate) fn number(&self) -> Option<TicketNumber> {
        match &self.aggregate {
            Aggregate::Ticket(Ticket::Opened(state)) => Some(state.number),
            _ => None,
        }
    }

    /// Whether it is a ticket closed for good (at that time it can't come back any more) or a
    /// survey, and no outcome of it is kept. Late comments and answers don't matter; they warm it. So
    /// does whatever comes if that time was wrong: it says where the stream may lie, and nothing else.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let ended = match &self.aggregate {
            Aggregate::Ticket(Ticket::Opened(state)) => match state.status {
                Status::Cancelled => true,
                Status::Closed { reopen_until, .. } => reopen_until < now,
                _ => false,
            },
            Aggregate::Survey(survey) => *survey != Survey::NotInvited,
            _ => false,
        };
        ended && self.outcomes.is_empty() && !self.undecodable
    }

    /// Whether what is asked of it now is mostly refused: its outcomes go after a day. So do a
    /// survey's, even before the answer: there are as many as tickets were closed.
    fn has_ended(&self) -> bool {
        match &self.aggregate {
            Aggregate::Ticket(Ticket::Unopened) | Aggregate::Survey(_) => true,
            Aggregate::Ticket(Ticket::Opened(state)) => {
                matches!(state.status, Status::Closed { .. } | Status::Cancelled)
            }
            Aggregate::Consultant(consultant) => !matches!(consultant, Consultant::Registered(_)),
            Aggregate::Customer(customer) => !matches!(customer, Customer::Registered(_)),
            Aggregate::Catalogue(_) => false,
        }
    }

    /// Only refusals of something that isn't there.
    fn is_nothing(&self) -> bool {
        self.has_ended() && self.aggregate.version() == 0 && !self.undecodable
    }
}

/// Whether commands would be answered the same; when it was touched is no matter of theirs.
#[cfg(test)]
impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.aggregate == other.aggregate
            && self.outcomes == other.outcomes
            && self.undecodable == other.undecodable
    }
}
