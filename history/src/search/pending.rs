//! The operations that have no place in the order yet, by what is known of where they can come.

use std::collections::HashMap;

use crate::history::Answer;
use crate::operation::Operation;

/// Which operations are still to be placed. Taken and put back in the manner of a stack.
pub(super) struct Pending {
    invoked: Vec<u64>,
    deadlines: Vec<Option<u64>>,
    /// Those with a deadline, the earliest first, and how many of them from the front are done.
    by_deadline: Vec<usize>,
    first: usize,
    /// For each operation, where it stands there.
    place_by_deadline: Vec<Option<usize>>,
    done: Vec<bool>,
    must_come: usize,
    /// Answered without an event, by the version in the answer, the earliest begun first.
    answered: HashMap<u32, Vec<usize>>,
    /// For each operation, the version under which it stands there.
    answered_version: Vec<Option<u32>>,
    /// How many of these are left.
    left: HashMap<u32, usize>,
    /// Refused without a version told.
    unversioned: Vec<usize>,
    /// Answered with an event, by the version it made.
    makers: HashMap<u32, Vec<usize>>,
    /// Without an outcome told.
    doubtful: Vec<usize>,
    key: u128,
}

impl Pending {
    /// All of them. They are sorted by when they began.
    pub(super) fn new(operations: &[Operation]) -> Self {
        let mut by_deadline: Vec<usize> = (0..operations.len())
            .filter(|index| operations[*index].deadline.is_some())
            .collect();
        by_deadline.sort_by_key(|index| operations[*index].deadline);
        let mut place_by_deadline = vec![None; operations.len()];
        for (place, index) in by_deadline.iter().enumerate() {
            place_by_deadline[*index] = Some(place);
        }
        let mut pending = Self {
            invoked: operations.iter().map(Operation::invoked).collect(),
            deadlines: operations.iter().map(|one| one.deadline).collect(),
            must_come: by_deadline.len(),
            by_deadline,
            first: 0,
            place_by_deadline,
            done: vec![false; operations.len()],
            answered: HashMap::new(),
            answered_version: vec![None; operations.len()],
            left: HashMap::new(),
            unversioned: Vec::new(),
            makers: HashMap::new(),
            doubtful: Vec::new(),
            key: 0,
        };
        for (index, operation) in operations.iter().enumerate() {
            match operation.outcome {
                Some(Answer::Applied { version, .. }) => {
                    pending.makers.entry(version).or_default().push(index);
                }
                Some(
                    Answer::Unchanged { version, .. }
                    | Answer::Rejected {
                        version: Some(version),
                        ..
                    },
                ) => {
                    pending.answered.entry(version).or_default().push(index);
                    pending.answered_version[index] = Some(version);
                    *pending.left.entry(version).or_default() += 1;
                }
                Some(_) => pending.unversioned.push(index),
                None => pending.doubtful.push(index),
            }
        }
        pending
    }

    /// How many that must come are left.
    pub(super) fn must_come(&self) -> usize {
        self.must_come
    }

    /// The next one from `at` that was answered without an event at this version, or refused
    /// without saying at which, and may come now.
    pub(super) fn answered_at(&self, version: u32, at: &mut usize) -> Option<usize> {
        let answered = self.answered.get(&version).map_or(&[][..], Vec::as_slice);
        let all = answered.len() + self.unversioned.len();
        while *at < all {
            let index = answered
                .get(*at)
                .copied()
                .unwrap_or_else(|| self.unversioned[*at - answered.len()]);
            *at += 1;
            if !self.done[index] && self.may_begin(self.invoked[index]) {
                return Some(index);
            }
        }
        None
    }

    /// How many were answered without an event at this version and are left.
    pub(super) fn left_at(&self, version: u32) -> usize {
        self.left.get(&version).copied().unwrap_or(0)
    }

    /// Those that were answered without an event at this version and are left.
    pub(super) fn all_left_at(&self, version: u32) -> impl Iterator<Item = usize> {
        let answered = self.answered.get(&version).into_iter().flatten();
        answered.copied().filter(|index| !self.done[*index])
    }

    /// Those that may come now of the ones that say they made this version; `None` if nobody says
    /// so.
    pub(super) fn makers_of(&self, version: u32) -> Option<Vec<usize>> {
        let makers = self.makers.get(&version)?;
        Some(
            makers
                .iter()
                .copied()
                .filter(|index| !self.done[*index] && self.may_begin(self.invoked[*index]))
                .collect(),
        )
    }

    /// Those without an outcome that may come now.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = usize> {
        self.doubtful
            .iter()
            .copied()
            .take_while(|index| self.may_begin(self.invoked[*index]))
            .filter(|index| !self.done[*index])
    }

    /// Those that must come and may come now, the most urgent first.
    pub(super) fn next_to_come(&self) -> impl Iterator<Item = usize> {
        self.by_deadline[self.first..]
            .iter()
            .copied()
            .filter(|index| !self.done[*index] && self.may_begin(self.invoked[*index]))
    }

    /// Whether nothing that must come ended before this moment.
    pub(super) fn may_begin(&self, invoked: u64) -> bool {
        self.by_deadline
            .get(self.first)
            .is_none_or(|next| self.deadlines[*next].is_none_or(|deadline| invoked <= deadline))
    }

    /// The set of those that are done, as a number; the same for no two sets, for all practical
    /// purposes.
    pub(super) fn done(&self) -> u128 {
        self.key
    }

    pub(super) fn take(&mut self, index: usize) {
        self.set(index, true);
        while self
            .by_deadline
            .get(self.first)
            .is_some_and(|next| self.done[*next])
        {
            self.first += 1;
        }
    }

    pub(super) fn put_back(&mut self, index: usize) {
        self.set(index, false);
        if let Some(place) = self.place_by_deadline[index] {
            self.first = self.first.min(place);
        }
    }

    fn set(&mut self, index: usize, done: bool) {
        self.done[index] = done;
        self.key ^= spread(index as u64);
        if self.deadlines[index].is_some() {
            self.must_come = if done {
                self.must_come - 1
            } else {
                self.must_come + 1
            };
        }
        if let Some(version) = self.answered_version[index] {
            let left = self.left.entry(version).or_default();
            *left = if done { *left - 1 } else { *left + 1 };
        }
    }
}

/// A number of 128 bits for each small one, far apart (`SplitMix64`, twice).
fn spread(number: u64) -> u128 {
    let half = |mut bits: u64| {
        bits = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u128::from(bits ^ (bits >> 31))
    };
    half(2 * number + 1) << 64 | half(2 * number + 2)
}
