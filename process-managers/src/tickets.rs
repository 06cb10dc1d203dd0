//! Tickets as the closer and the inviter must know them: where each stands, and what else its process
//! manager wants to know of it.
//!
//! Guarantee: a version is the stream's own, so it is good for `If-Match`. A ticket that can't come
//! back any more is forgotten, as its partition's records tell the time; what is kept is bounded by
//! what is open and what may be reopened.

use std::collections::{BTreeSet, HashMap};

use docket_domain::command::{OpenTicket, Origin};
use docket_domain::ids::TicketId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::{EventContext, TicketEvent, Timestamp};
use jiff::SignedDuration;

use crate::fact::{Fact, Told};
use crate::words::Words;

/// By how much the clocks of those who write may differ: nothing is forgotten sooner.
const SKEW: SignedDuration = SignedDuration::from_hours(1);
/// How long what is closed is kept at least. Here nothing is reopened after its time, but an import
/// tells, some time after an old end, of the return that followed it.
const KEPT_MIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most tickets that are forgotten for one record read.
const FORGOTTEN_AT_ONCE: usize = 4;

/// What a process manager keeps of a ticket besides.
pub(crate) trait Facts {
    fn opened(open: &OpenTicket, words: &mut Words) -> Self;
    fn apply(&mut self, event: &TicketEvent, words: &mut Words);
}

/// Where it stands, the statuses before it is solved being all one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Worked,
    Resolved {
        /// When that was recorded.
        at: Timestamp,
        /// Whether it happened here, rather than in an import.
        live: bool,
    },
    Closed {
        at: Timestamp,
        /// When it was recorded as solved.
        resolved_at: Timestamp,
        /// Whether it was solved and closed here.
        live: bool,
        reopen_until: Timestamp,
    },
}

#[derive(Debug)]
pub(crate) struct Ticket<F> {
    pub(crate) version: u32,
    /// `None` once there is an event that can't be read: then it is left alone.
    pub(crate) stage: Option<Stage>,
    /// How often it was closed.
    pub(crate) closings: u32,
    pub(crate) facts: F,
}

#[derive(Debug)]
pub(crate) struct Tickets<F> {
    rows: HashMap<TicketId, Ticket<F>>,
    /// By partition, what is closed, by when it can't come back any more.
    closed: Vec<BTreeSet<(Timestamp, TicketId)>>,
    pub(crate) words: Words,
}

impl<F: Facts> Tickets<F> {
    pub(crate) fn new(partitions: u16) -> Self {
        Self {
            rows: HashMap::new(),
            closed: vec![BTreeSet::new(); usize::from(partitions)],
            words: Words::default(),
        }
    }

    pub(crate) fn get(&self, id: TicketId) -> Option<&Ticket<F>> {
        self.rows.get(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Folds one record; says which ticket it changed.
    pub(crate) fn read(&mut self, told: &Told) -> Option<TicketId> {
        let partition = usize::from(told.partition.0);
        let changed = told
            .fact
            .as_ref()
            .and_then(|fact| self.take_in(partition, fact, told.at));
        // Only now: it may tell of the return of one whose time is over.
        self.forget(partition, told.at);
        changed
    }

    fn take_in(&mut self, partition: usize, fact: &Fact, at: Timestamp) -> Option<TicketId> {
        let Fact { stream, event } = fact;
        let StreamId::Ticket(id) = *stream else {
            return None;
        };
        if let Some((Event::Ticket(event), context)) = event {
            self.fold(id, event, context, at);
        } else {
            // It is counted, and nothing more is known.
            let row = self.rows.get_mut(&id)?;
            row.version += 1;
            row.stage = None;
        }
        let stage = self.rows.get(&id).and_then(|row| row.stage);
        if let Some(Stage::Closed {
            at, reopen_until, ..
        }) = stage
        {
            self.closed[partition].insert((gone_at(at, reopen_until), id));
        }
        Some(id)
    }

    fn fold(&mut self, id: TicketId, event: &TicketEvent, context: &EventContext, at: Timestamp) {
        let Some(row) = self.rows.get_mut(&id) else {
            // Of one that was forgotten, or that can't be read from its beginning, there is nothing
            // to be done.
            if let TicketEvent::Opened(open) = event {
                let row = Ticket {
                    version: 1,
                    stage: Some(Stage::Worked),
                    closings: 0,
                    facts: F::opened(open, &mut self.words),
                };
                self.rows.insert(id, row);
            }
            return;
        };
        row.version += 1;
        if let Some(stage) = &mut row.stage {
            let before = *stage;
            *stage = next(before, event, context.origin == Origin::Live, at);
            let closes = |stage| matches!(stage, Stage::Closed { .. });
            row.closings += u32::from(closes(*stage) && !closes(before));
        }
        row.facts.apply(event, &mut self.words);
        if matches!(event, TicketEvent::Cancelled { .. }) {
            self.rows.remove(&id);
        }
    }

    fn forget(&mut self, partition: usize, at: Timestamp) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((gone, id)) = self.closed[partition].first().copied() else {
                return;
            };
            if gone > at {
                return;
            }
            self.closed[partition].pop_first();
            // One that came back and was closed again is in the list a second time.
            let over = |row: &Ticket<F>| match row.stage {
                Some(Stage::Closed {
                    at, reopen_until, ..
                }) => gone_at(at, reopen_until) == gone,
                Some(Stage::Worked | Stage::Resolved { .. }) => false,
                None => true,
            };
            if self.rows.get(&id).is_some_and(over) {
                self.rows.remove(&id);
            }
        }
    }
}

/// When a ticket that was closed then can't come back any more.
pub(crate) fn gone_at(closed_at: Timestamp, reopen_until: Timestamp) -> Timestamp {
    let kept_until = closed_at.checked_add(KEPT_MIN).unwrap_or(Timestamp::MAX);
    let gone = kept_until.max(reopen_until).checked_add(SKEW);
    gone.unwrap_or(Timestamp::MAX)
}

/// Follows [`evolve`](docket_domain::evolve).
fn next(stage: Stage, event: &TicketEvent, here: bool, at: Timestamp) -> Stage {
    match event {
        TicketEvent::Assigned { .. }
        | TicketEvent::Accepted { .. }
        | TicketEvent::Declined { .. }
        | TicketEvent::Unassigned { .. }
        | TicketEvent::Transferred { .. }
        | TicketEvent::Held { .. }
        | TicketEvent::Resumed { .. }
        | TicketEvent::Reopened { .. }
        | TicketEvent::Cancelled { .. } => Stage::Worked,
        TicketEvent::Resolved { .. } => Stage::Resolved { at, live: here },
        TicketEvent::Closed { reopen_until } => match stage {
            Stage::Resolved {
                at: resolved_at,
                live,
            } => Stage::Closed {
                at,
                resolved_at,
                live: live && here,
                reopen_until: *reopen_until,
            },
            Stage::Worked | Stage::Closed { .. } => stage,
        },
        TicketEvent::Opened(_)
        | TicketEvent::Amended(_)
        | TicketEvent::CommentAdded { .. }
        | TicketEvent::Linked { .. }
        | TicketEvent::TravelStarted
        | TicketEvent::Arrived
        | TicketEvent::WorkLogged { .. } => stage,
    }
}
