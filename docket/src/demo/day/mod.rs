//! The day as it goes: from what was planned and what has happened follows who does what next, and
//! when. Pure: whoever carries it out says what time it is in the shop, and what became of it.
//!
//! Consultants do one thing at a time: what they accepted meanwhile waits for them. Guarantee:
//! nothing is begun for a ticket that is over, and whoever worked on it is free again.

mod begin;
mod steps;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use uuid::Uuid;

use super::plan::{Ending, Plan};

/// Something that somebody does. A consultant or a ticket is named by its place in the plan.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Act {
    /// A consultant's shift begins.
    Start(usize),
    /// It is over.
    End(usize),
    Open(usize),
    /// The receptionist has solved it.
    SolveByPhone(usize),
    /// The customer doesn't want it any more.
    Cancel(usize),
    /// Nobody accepts: the manager gives it to this consultant.
    Insist(usize, usize),
    Accept(usize),
    Decline(usize),
    Travel(usize),
    Arrive(usize),
    Hold(usize),
    Resume(usize),
    LogWork(usize),
    Resolve(usize),
    Close(usize),
    Reopen(usize),
    /// Says how it went.
    Rate(usize),
}

/// What became of an act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// It is done.
    Done {
        /// Whether it came to an event, or was so already.
        applied: bool,
        /// The ticket's status then.
        status: String,
        /// The ticket's id.
        ticket: Option<Uuid>,
    },
    /// It was refused: it had happened too late.
    Refused,
    /// It can't be done yet.
    NotYet,
}

/// A ticket as far as it has come.
#[derive(Clone, Debug, Default)]
struct Course {
    id: Option<Uuid>,
    /// Assignments that somebody has seen.
    seen: u64,
    declined: u32,
    /// Who has accepted it, or has it on the phone in front of them.
    holder: Option<usize>,
    held: bool,
    came_back: bool,
    /// Solved, be it by the receptionist.
    solved: bool,
    insisted: u32,
    closings: u32,
    /// How often the customer has looked whether they are asked how it went.
    looked: u32,
    ended: Option<Ending>,
}

/// A consultant in the course of the day.
#[derive(Clone, Debug, Default)]
struct Hands {
    on_shift: bool,
    working_on: Option<usize>,
    accepted: VecDeque<usize>,
}

/// The day.
pub(super) struct Day {
    plan: Plan,
    due: BinaryHeap<Reverse<(Duration, u64, Act)>>,
    /// Acts ever planned: of two at one time the one that was planned first goes first.
    count: u64,
    courses: Vec<Course>,
    hands: Vec<Hands>,
    /// Places in the plan by id.
    tickets: HashMap<Uuid, usize>,
    consultants: HashMap<Uuid, usize>,
    /// Events by kind that people were told of.
    pub(super) told: BTreeMap<&'static str, u64>,
}

impl Day {
    /// Before the doors open. `ids` are the consultants'.
    pub(super) fn new(plan: Plan, ids: &[Uuid]) -> Self {
        let mut day = Self {
            due: BinaryHeap::new(),
            count: 0,
            courses: vec![Course::default(); plan.tickets.len()],
            hands: vec![Hands::default(); ids.len()],
            tickets: HashMap::new(),
            consultants: ids.iter().enumerate().map(|(n, id)| (*id, n)).collect(),
            told: BTreeMap::new(),
            plan,
        };
        for who in 0..day.plan.consultants.len() {
            let shift = day.plan.consultants[who].shift.clone();
            day.at(shift.start, Act::Start(who));
            day.at(shift.end, Act::End(who));
        }
        for which in 0..day.plan.tickets.len() {
            day.at(day.plan.tickets[which].opens, Act::Open(which));
        }
        day
    }

    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// When something is to be done next.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.due.peek().map(|Reverse((at, ..))| *at)
    }

    /// What is to be done now, if anything, and a number of its own. What can't be any more is left
    /// out.
    pub(super) fn next(&mut self, now: Duration) -> Option<(u64, Act)> {
        while self.next_at().is_some_and(|at| at <= now) {
            let Reverse((_, number, act)) = self.due.pop()?;
            if self.can_be(act) {
                return Some((number, act));
            }
        }
        None
    }

    /// Who has accepted that ticket, or is asked to.
    pub(super) fn holder(&self, which: usize) -> Option<usize> {
        self.courses[which].holder
    }

    /// The id of a ticket that has been opened.
    pub(super) fn ticket(&self, which: usize) -> Option<Uuid> {
        self.courses[which].id
    }

    /// The how many-th closing was the last one.
    pub(super) fn closings(&self, which: usize) -> u32 {
        self.courses[which].closings
    }

    /// How many tickets somebody has to answer for, works on, or has put on hold.
    pub(super) fn in_hand(&self) -> usize {
        let in_hand = |it: &&Course| it.holder.is_some() && !it.solved && it.ended.is_none();
        self.courses.iter().filter(in_hand).count()
    }

    /// The planned tickets, with their ids if they were opened.
    pub(super) fn tickets(&self) -> impl Iterator<Item = (usize, Option<Uuid>)> {
        let courses = self.courses.iter().enumerate();
        courses.map(|(which, course)| (which, course.id))
    }

    /// Consultants who have begun and not ended their shift.
    pub(super) fn on_shift(&self) -> impl Iterator<Item = usize> {
        let hands = self.hands.iter().enumerate();
        hands
            .filter(|(_, hands)| hands.on_shift)
            .map(|(who, _)| who)
    }

    /// A number that no act has had.
    pub(super) const fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn at(&mut self, at: Duration, act: Act) {
        let number = self.number();
        self.due.push(Reverse((at, number, act)));
    }

    fn tell(&mut self, kind: &'static str) {
        *self.told.entry(kind).or_default() += 1;
    }
}

#[cfg(test)]
mod tests;
