//! Whose turn it is: what is decided next, and what comes of it.
//!
//! Three lanes are looked at by turns, so that none waits behind all of another: tickets that have
//! just begun to wait, people who may be able to take what waits already, and tickets that are to be
//! decided on again although nothing happened to them. Within each, and between all that want the
//! same person, the tickets' turns count: whoever is chosen for a ticket while others that may want
//! them are undecided, or they haven't been searched a ticket themselves, goes to the first of all
//! that they could have.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Poll;

use docket_domain::Timestamp;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{
    Basis, Job, Outcome, Reason, Recorded, Reserved, Search, Searched, Turn, exclusion,
};

use super::flights::Flight;
use super::{Intent, Plan, Step, Timer, What};

/// Looks at the queue that a search takes at once.
const SEARCHED_AT_ONCE: u32 = 512;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Tickets that began to wait, or ask for something else than before.
    fresh: BTreeSet<(Turn, TicketId)>,
    /// Tickets that waited when this router started, or ask for something else by the catalogue.
    again: BTreeSet<(Turn, TicketId)>,
    /// Consultants who may be able to take a ticket that they couldn't take before, and how far one
    /// has been searched for them.
    free: BTreeMap<PersonId, Search>,
    /// Whose search goes before everything, for that ticket.
    asked: Option<(PersonId, TicketId)>,
    next: Lane,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Lane {
    #[default]
    Fresh,
    Free,
    Again,
}

/// What came of a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Decided {
    /// A command.
    Launched,
    /// Nothing, for now.
    Waits,
    /// Something else is to be decided or searched before.
    Postponed,
}

impl Lanes {
    pub(super) fn enter(&mut self, lane: Lane, turn: Turn, ticket: TicketId) {
        match lane {
            Lane::Fresh | Lane::Free => self.fresh.insert((turn, ticket)),
            Lane::Again => self.again.insert((turn, ticket)),
        };
    }

    /// Says whether it was fresh.
    pub(super) fn leave(&mut self, turn: Turn, ticket: TicketId) -> bool {
        self.again.remove(&(turn, ticket));
        self.fresh.remove(&(turn, ticket))
    }

    /// Somebody gained something: a ticket is to be searched for them, from the beginning.
    pub(super) fn is_free(&mut self, who: PersonId) {
        self.free.insert(who, Search::default());
    }

    pub(super) fn is_gone(&mut self, who: PersonId) {
        self.free.remove(&who);
    }

    /// Whether a ticket is still to be decided on that goes before that turn.
    fn any_before(&self, turn: Turn) -> bool {
        let first = [self.fresh.first(), self.again.first()];
        first.into_iter().flatten().any(|(other, _)| *other < turn)
    }

    fn take_turns(&mut self) -> Lane {
        let lane = self.next;
        self.next = match lane {
            Lane::Fresh => Lane::Free,
            Lane::Free => Lane::Again,
            Lane::Again => Lane::Fresh,
        };
        lane
    }
}

impl Plan {
    /// Says whether there was anything to decide.
    pub(super) fn decide_next(&mut self, now: Timestamp, step: &mut Step) -> bool {
        if self.flights.are_full() {
            return false;
        }
        if let Some((who, ticket)) = self.lanes.asked {
            if self.search(who).is_ready() {
                self.lanes.asked = None;
                self.decide_on(ticket, now, step);
            }
            return true;
        }
        for _ in 0..3 {
            let first = match self.lanes.take_turns() {
                Lane::Fresh => self.lanes.fresh.first(),
                Lane::Again => self.lanes.again.first(),
                Lane::Free => match self.lanes.free.first_key_value() {
                    Some((who, _)) => {
                        let who = *who;
                        self.decide_for(who, now, step);
                        return true;
                    }
                    None => None,
                },
            };
            if let Some((_, ticket)) = first.copied() {
                self.decide_on(ticket, now, step);
                return true;
            }
        }
        false
    }

    /// On the first ticket that they could have. It may go to somebody who suits it better.
    fn decide_for(&mut self, who: PersonId, now: Timestamp, step: &mut Step) {
        match self.search(who) {
            Poll::Pending => {}
            Poll::Ready(None) => self.lanes.is_gone(who),
            Poll::Ready(Some((_, ticket))) => {
                let waits = self.decide_on(ticket, now, step) == Decided::Waits;
                if waits && self.queue.get(ticket).is_some() {
                    self.lanes.is_gone(who);
                }
            }
        }
    }

    /// The first ticket that they could have, if the search for it is over.
    fn search(&mut self, who: PersonId) -> Poll<Option<(Turn, TicketId)>> {
        let Some(candidate) = self.pool.get(who) else {
            return Poll::Ready(None);
        };
        let search = self.lanes.free.entry(who).or_default();
        let mut looks = SEARCHED_AT_ONCE;
        match self.queue.search(candidate, search, &mut looks) {
            Searched::Unfinished => Poll::Pending,
            Searched::Nothing => Poll::Ready(None),
            Searched::First(job) => Poll::Ready(Some((job.turn(&self.settings.rules), job.ticket))),
        }
    }

    fn decide_on(&mut self, id: TicketId, now: Timestamp, step: &mut Step) -> Decided {
        let Some(job) = self.queue.get(id).cloned() else {
            return Decided::Waits;
        };
        let turn = job.turn(&self.settings.rules);
        if self.flights.is_full(id) {
            self.leave_queue(id);
            self.flights.hold_up(id, Some(turn));
            return Decided::Waits;
        }
        step.decisions += 1;
        let mut decision = self.pool.decide(&job, &self.basis(now));
        let Outcome::Assign { consultant } = decision.outcome else {
            self.lanes.leave(turn, id);
            return Decided::Waits;
        };
        match self.sooner(consultant, turn) {
            Poll::Pending => {
                self.lanes.asked = Some((consultant, id));
                return Decided::Postponed;
            }
            Poll::Ready(Some((turn, other))) => {
                self.lanes.enter(Lane::Fresh, turn, other);
                return Decided::Postponed;
            }
            Poll::Ready(None) => {}
        }
        decision.basis.reserved = self.reserved_for(&job);
        let Some(row) = self.world.ticket(id) else {
            return Decided::Waits;
        };
        let (version, attempt) = (row.version, row.attempts + 1);
        let most = self.settings.attempts_max;
        if let Some(decision) = Recorded::new(decision, self.router, attempt, most) {
            let decision = Box::new(decision);
            let what = What::Assign {
                consultant,
                decision,
            };
            self.launch(id, version, what, now, step);
        }
        Decided::Launched
    }

    /// Whether anybody could have that ticket.
    pub(super) fn finds_somebody(&self, id: TicketId, now: Timestamp, step: &mut Step) -> bool {
        let Some(job) = self.queue.get(id) else {
            return false;
        };
        step.decisions += 1;
        let outcome = self.pool.decide(job, &self.basis(now)).outcome;
        matches!(outcome, Outcome::Assign { .. })
    }

    fn basis(&self, now: Timestamp) -> Basis {
        Basis {
            at: now,
            rules: self.settings.rules,
            positions: self.world.positions.clone(),
            reserved: Vec::new(),
        }
    }

    /// The first ticket before that turn which they could have, if it is known whether there is one.
    /// For whoever has been searched everything, and with nothing undecided before, there is none.
    fn sooner(&mut self, who: PersonId, turn: Turn) -> Poll<Option<(Turn, TicketId)>> {
        if !self.lanes.free.contains_key(&who) && !self.lanes.any_before(turn) {
            return Poll::Ready(None);
        }
        let first = self.search(who);
        first.map(|first| first.filter(|(other, _)| *other < turn))
    }

    /// What is on its way to those who could get this ticket or are only full: for the others it
    /// counts nothing.
    fn reserved_for(&self, job: &Job) -> Vec<Reserved> {
        let counts = |reserved: &Reserved| {
            let candidate = self.pool.get(reserved.consultant);
            candidate.is_some_and(|one| {
                exclusion(one, job).is_none_or(|reason| reason == Reason::Capacity)
            })
        };
        let mut reserved: Vec<_> = self.flights.reserved().filter(counts).collect();
        reserved.sort_unstable_by_key(|it| it.consultant);
        reserved
    }

    /// Sends the command, or only notes that somebody should.
    pub(super) fn launch(
        &mut self,
        ticket: TicketId,
        version: u32,
        what: What,
        now: Timestamp,
        step: &mut Step,
    ) {
        let consultant = match &what {
            What::Assign { consultant, .. } => Some(*consultant),
            What::TakeBack { .. } => None,
        };
        self.leave_queue(ticket);
        let due = (!self.active).then(|| now + self.takeover());
        let flight = Flight {
            version,
            consultant,
            due,
        };
        self.flights.start(ticket, flight, now);
        if let Some(who) = consultant
            && let Some(reserved) = self.flights.to(who)
        {
            self.pool.change(who, |candidate| {
                candidate.load += 1;
                candidate.last_assigned_at = candidate.last_assigned_at.max(Some(reserved.last_at));
            });
        }
        if let Some(due) = due {
            self.timers.set(Timer::Takeover(ticket), due);
        } else {
            step.intents.push(Intent {
                ticket,
                version,
                repeat: self.repeats(ticket, version),
                what,
            });
        }
    }
}
