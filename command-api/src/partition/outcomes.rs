//! The first outcomes of a stream's commands, refusals included, as the log tells them: what a
//! repeated command is answered with, by whichever replica it reaches.
//!
//! Kept: all of the last 24 hours at least ([`KEPT_HOURS`]), and the last 64 while the stream is
//! open, since a consultant may come back online days later.

use std::collections::HashMap;

use docket_domain::{Rejection, StatusName};
use docket_schemas::attributes::{CommandDigest, CommandId};

/// For how many more of the partition's [hours](super::hours) every outcome is kept: 24 whole ones,
/// and some that wrong dates may have added.
pub(crate) const KEPT_HOURS: u32 = 30;
/// How many are kept beyond that while the stream is open.
pub(crate) const KEPT_OPEN: usize = 64;
/// With more than that there is an index: few streams ever have so many, but one whose client asks
/// again and again for what is refused may have millions.
const INDEXED: usize = 2 * KEPT_OPEN;

/// What became of a command, for ever.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    pub(crate) id: CommandId,
    pub(crate) digest: CommandDigest,
    /// The partition's hour, as it counts them: enough to forget it by.
    pub(crate) at: u32,
    /// The sequence of the record that says so.
    pub(crate) sequence: u64,
    /// The stream's version after it.
    pub(crate) version: u32,
    pub(crate) result: FirstResult,
}

/// The result itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum FirstResult {
    /// It made an event; the ticket's status after it, if it is one.
    Applied(Option<StatusName>),
    /// It was so already; the ticket's status then, `None` if there is no such ticket.
    Unchanged(Option<StatusName>),
    /// The domain refused it.
    Rejected(Box<Rejection>),
    /// A newer version said something that this one can't read.
    Newer,
}

/// One stream's outcomes, oldest first.
#[derive(Clone, Default, Debug)]
pub(crate) struct Outcomes {
    kept: Vec<Outcome>,
    index: Option<Box<Index>>,
}

/// Where each outcome stands, counted from the first one there was when the index was made.
#[derive(Clone, Default, Debug)]
struct Index {
    places: HashMap<CommandId, usize>,
    forgotten: usize,
}

impl Outcomes {
    /// The outcome of that command.
    pub(crate) fn find(&self, id: CommandId) -> Option<&Outcome> {
        match &self.index {
            Some(index) => {
                let place = index.places.get(&id)?;
                self.kept.get(place - index.forgotten)
            }
            // Newest first: what is repeated is mostly recent.
            None => self.kept.iter().rev().find(|outcome| outcome.id == id),
        }
    }

    /// Adds an outcome, of this hour, and forgets what need not be kept any more. The first one of
    /// a command stays its outcome.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        if self.find(outcome.id).is_some() {
            return;
        }
        let now = outcome.at;
        // Little spare room: most streams have a few outcomes, and there are millions of streams.
        if self.kept.len() == self.kept.capacity() {
            self.kept.reserve_exact(1 + self.kept.len() / 4);
        }
        if let Some(index) = &mut self.index {
            let place = index.forgotten + self.kept.len();
            index.places.insert(outcome.id, place);
        }
        self.kept.push(outcome);
        let surplus = self.kept.len().saturating_sub(KEPT_OPEN);
        self.forget_first(self.old(now).min(surplus));
        if self.index.is_none() && self.kept.len() > INDEXED {
            self.index = Some(Box::new(Index::of(&self.kept)));
        }
    }

    /// Forgets all that is old in that hour: the stream has ended.
    pub(crate) fn forget(&mut self, now: u32) {
        let old = self.old(now);
        if old > 0 {
            self.forget_first(old);
            self.kept.shrink_to_fit();
        }
    }

    /// How many are old in that hour.
    fn old(&self, now: u32) -> usize {
        let is_old = |outcome: &Outcome| is_old(outcome.at, now);
        // Mostly none is.
        if !self.kept.first().is_some_and(is_old) {
            return 0;
        }
        self.kept.partition_point(is_old)
    }

    fn forget_first(&mut self, count: usize) {
        let forgotten = self.kept.drain(..count);
        if let Some(index) = &mut self.index {
            for outcome in forgotten {
                index.places.remove(&outcome.id);
            }
            index.forgotten += count;
            if self.kept.len() <= KEPT_OPEN {
                self.index = None;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Outcome> {
        self.kept.iter()
    }

    /// Those that were kept, in the same order.
    pub(crate) fn restored(kept: Vec<Outcome>) -> Self {
        let index = (kept.len() > INDEXED).then(|| Box::new(Index::of(&kept)));
        Self { kept, index }
    }
}

/// Whether what is of one hour need not be kept any more in another.
pub(super) fn is_old(at: u32, now: u32) -> bool {
    now.saturating_sub(at) >= KEPT_HOURS
}

impl Index {
    fn of(kept: &[Outcome]) -> Self {
        let places = kept.iter().map(|outcome| outcome.id).zip(0..).collect();
        Self {
            places,
            forgotten: 0,
        }
    }
}

/// The index adds nothing to what there is.
#[cfg(test)]
impl PartialEq for Outcomes {
    fn eq(&self, other: &Self) -> bool {
        self.kept == other.kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u32) -> CommandId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        CommandId(id)
    }

    fn outcome(n: u32, at: u32) -> Outcome {
        Outcome {
            id: id(n),
            digest: CommandDigest([7; 8]),
            at,
            sequence: u64::from(n),
            version: n,
            result: FirstResult::Applied(Some(StatusName::Open)),
        }
    }

    #[test]
    fn an_open_stream_keeps_64_and_all_of_a_day() {
        let mut outcomes = Outcomes::default();
        for n in 0..100 {
            outcomes.add(outcome(n, 10));
        }
        outcomes.add(outcome(100, 10 + KEPT_HOURS - 1));
        assert!(outcomes.find(id(0)).is_some(), "perhaps just a day old");
        outcomes.add(outcome(101, 10 + KEPT_HOURS));
        assert!(outcomes.find(id(37)).is_none());
        assert!(outcomes.find(id(38)).is_some(), "one of 64");
    }

    #[test]
    fn an_ended_stream_keeps_a_day() {
        let mut outcomes = Outcomes::default();
        outcomes.add(outcome(1, 10));
        outcomes.add(outcome(2, 11));
        outcomes.forget(10 + KEPT_HOURS);
        assert!(outcomes.find(id(1)).is_none());
        assert!(outcomes.find(id(2)).is_some());
    }

    #[test]
    fn the_first_outcome_stays() {
        let mut outcomes = Outcomes::default();
        outcomes.add(outcome(1, 10));
        outcomes.add(Outcome {
            version: 9,
            ..outcome(1, 11)
        });
        let kept = outcomes.find(id(1)).expect("kept");
        assert_eq!(kept.version, 1);
    }

    #[test]
    fn a_stream_of_very_many_refusals_finds_the_first_of_each() {
        // Looked through one by one, these would take minutes.
        const MANY: u32 = 200_000;
        let mut outcomes = Outcomes::default();
        for version in 0..2 {
            for n in 0..MANY {
                outcomes.add(Outcome {
                    version,
                    result: FirstResult::Rejected(Box::new(Rejection::NotFound)),
                    ..outcome(n, 10)
                });
            }
        }
        assert_eq!(outcomes.iter().count(), MANY as usize);
        for n in 0..MANY {
            let found = outcomes.find(id(n)).expect("kept");
            assert_eq!((found.sequence, found.version), (u64::from(n), 0));
        }
    }

    /// What must be kept, looked through one by one.
    #[derive(Default)]
    struct Naive(Vec<Outcome>);

    impl Naive {
        fn find(&self, id: CommandId) -> Option<&Outcome> {
            self.0.iter().find(|outcome| outcome.id == id)
        }

        fn add(&mut self, outcome: Outcome) {
            if self.find(outcome.id).is_none() {
                let now = outcome.at;
                self.0.push(outcome);
                while self.0.len() > KEPT_OPEN && is_old(self.0[0].at, now) {
                    self.0.remove(0);
                }
            }
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Add { first: u32, count: u32 },
        Later(u32),
        Forget,
        Restore,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..1_000u32, 1..90u32).prop_map(|(first, count)| Step::Add { first, count }),
            3 => (1..20u32).prop_map(Step::Later),
            1 => Just(Step::Forget),
            1 => Just(Step::Restore),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_index_makes_no_difference(steps in prop::collection::vec(step(), 1..40)) {
            let (mut outcomes, mut naive) = (Outcomes::default(), Naive::default());
            let mut now = 10;
            for step in steps {
                match step {
                    Step::Add { first, count } => {
                        for n in first..first + count {
                            outcomes.add(outcome(n, now));
                            naive.add(outcome(n, now));
                        }
                    }
                    Step::Later(hours) => now += hours,
                    Step::Forget => {
                        outcomes.forget(now);
                        naive.0.retain(|outcome| !is_old(outcome.at, now));
                    }
                    Step::Restore => outcomes = Outcomes::restored(outcomes.kept),
                }
                prop_assert_eq!(&outcomes.kept, &naive.0);
                for n in 0..1_100 {
                    prop_assert_eq!(outcomes.find(id(n)), naive.find(id(n)));
                }
                // There's an index only where it's worth its memory.
                let worth_it = match outcomes.index {
                    Some(_) => naive.0.len() > KEPT_OPEN,
                    None => naive.0.len() <= INDEXED,
                };
                prop_assert!(worth_it);
            }
        }
    }
}
