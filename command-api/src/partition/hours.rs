//! The clock that outcomes are forgotten by: it counts the different hours that a partition's
//! records are dated in.
//!
//! Guarantees: it depends on the valid records alone; it never goes back; and whatever one wrong
//! date says, years ahead or behind, it moves by one hour. A partition that nobody writes to
//! forgets nothing meanwhile, which costs nothing.

use std::collections::VecDeque;

use jiff::Timestamp;

/// How many hours stay known, so that none is counted twice: more than there are replicas whose
/// clocks disagree at one time.
const KNOWN: usize = 8;

/// The hours so far.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Hours {
    count: u32,
    /// The last ones, in hours since 1970, in the order they came in.
    known: VecDeque<i64>,
}

impl Hours {
    /// How many there have been.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// A record of that time has come.
    pub(super) fn see(&mut self, at: Timestamp) {
        let hour = at.as_second().div_euclid(3_600);
        // Most are of the last hour that came.
        if self.known.iter().rev().any(|known| *known == hour) {
            return;
        }
        if self.known.len() == KNOWN {
            self.known.pop_front();
        }
        self.known.push_back(hour);
        self.count = self.count.saturating_add(1);
    }

    /// The last ones, for a snapshot.
    pub(crate) fn known(&self) -> impl Iterator<Item = i64> {
        self.known.iter().copied()
    }

    /// As they were written to a snapshot.
    pub(crate) fn restored(count: u32, known: impl IntoIterator<Item = i64>) -> Self {
        Self {
            count,
            known: known.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600 + 1_800).expect("a time")
    }

    fn count(hours: impl IntoIterator<Item = i64>) -> u32 {
        let mut seen = Hours::default();
        hours.into_iter().for_each(|hour| seen.see(at(hour)));
        seen.count()
    }

    #[test]
    fn each_hour_counts_once() {
        assert_eq!(count([5, 5, 6, 5, 6, 7, 7]), 3);
        assert_eq!(count(0..100), 100);
        assert_eq!(count([3, 3 + 24 * 365]), 2, "a quiet year");
    }

    #[test]
    fn a_wrong_date_is_one_hour_more() {
        let wrong = [720, -720, 999_999].map(|ahead| [1, 1 + ahead, 1, 1, 2]);
        assert_eq!(wrong.map(count), [3; 3]);
    }

    #[test]
    fn a_clock_that_stays_wrong_at_most_doubles_the_pace() {
        let both = (0..100).flat_map(|hour| [hour, hour + 720, hour, hour + 720]);
        assert_eq!(count(both), 200);
    }
}
