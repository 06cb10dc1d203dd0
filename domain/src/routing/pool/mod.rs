//! The candidates, kept so that a decision needn't look at each of them.

mod bits;
mod cells;
mod index;

use super::candidate::Candidate;
use super::decision::{Basis, Decision, conclude};
use super::filter::{Exclusions, Reason};
use super::job::Job;
use super::rank::Ranking;
use super::score::score;
use crate::ids::PersonId;
use index::Index;

/// All candidates, changed one by one as the log tells of them. Decides exactly as
/// [`scan`](super::scan) would.
///
/// Each candidate has a slot, and for each skill and level, team, area and state there is a set of
/// slots, a bit each: 80 words for 5,000 candidates. So each filter is an intersection, and what
/// it excluded is counted, in a fraction of a microsecond; places are found by the cells they lie
/// in. Only whoever passes every filter is looked at and given points.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    slots: Vec<Option<Candidate>>,
    free: Vec<usize>,
    index: Index,
}

impl Pool {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the candidate in, or replaces what was known of them.
    pub fn put(&mut self, candidate: Candidate) {
        self.remove(candidate.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.index.mark(slot, &candidate, true);
        self.slots[slot] = Some(candidate);
    }

    /// Takes the candidate out, for good or until they are put in again.
    pub fn remove(&mut self, id: PersonId) -> Option<Candidate> {
        let slot = self.index.slot_of(id)?;
        let candidate = self.slots[slot].take()?;
        self.index.mark(slot, &candidate, false);
        self.free.push(slot);
        Some(candidate)
    }

    /// Changes what is known of a candidate; says whether there is one of that id. (The id itself
    /// stays.)
    pub fn change(&mut self, id: PersonId, change: impl FnOnce(&mut Candidate)) -> bool {
        let Some(slot) = self.index.slot_of(id) else {
            return false;
        };
        let Some(candidate) = &mut self.slots[slot] else {
            return false;
        };
        self.index.mark(slot, candidate, false);
        change(candidate);
        candidate.id = id;
        self.index.mark(slot, candidate, true);
        true
    }

    /// What is known of a candidate.
    pub fn get(&self, id: PersonId) -> Option<&Candidate> {
        self.slots[self.index.slot_of(id)?].as_ref()
    }

    /// Everybody, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.slots.iter().flatten()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What becomes of a waiting ticket. Changes nothing: whoever lets the decision happen tells the
    /// pool of it with [`change`](Self::change), or the next one doesn't know.
    pub fn decide(&self, job: &Job, basis: &Basis) -> Decision {
        let mut left = self.index.everybody().clone();
        let mut excluded = Exclusions::default();
        let mut before = left.count();
        for reason in Reason::ALL {
            self.index.keep(&mut left, reason, job);
            let after = left.count();
            excluded.add(reason, before - after);
            before = after;
        }
        let mut ranking = Ranking::new(job.ticket);
        for candidate in left.iter().filter_map(|slot| self.slots[slot].as_ref()) {
            ranking.offer(score(candidate, job, basis));
        }
        let considered = self.len() as u32;
        conclude(job, basis, considered, excluded, ranking, |skill, least| {
            self.index.anybody_has(skill, least)
        })
    }
}

impl FromIterator<Candidate> for Pool {
    fn from_iter<T: IntoIterator<Item = Candidate>>(candidates: T) -> Self {
        let mut pool = Self::new();
        for candidate in candidates {
            pool.put(candidate);
        }
        pool
    }
}
