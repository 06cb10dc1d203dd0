//! The first outcomes of a stream's commands, refusals included, as the log tells them: what a
//! repeated command is answered with, by whichever replica it reaches.
//!
//! Kept: all of the last 24 hours (record time), and the last 64 while the stream is open, since a
//! consultant may come back online days later.

use docket_domain::{Rejection, StatusName};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::SignedDuration;

/// How long every outcome is kept.
pub(crate) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How many are kept beyond that while the stream is open.
pub(crate) const KEPT_OPEN: usize = 64;

/// What became of a command, for ever.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    pub(crate) id: CommandId,
    pub(crate) digest: CommandDigest,
    /// The record's time, in seconds since 1970: enough to forget it by.
    pub(crate) at: i64,
    /// The sequence of the record that says so.
    pub(crate) sequence: u64,
    /// The stream's version after it.
    pub(crate) version: u32,
    pub(crate) result: FirstResult,
}

/// The result itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum FirstResult {
    /// It made an event; the ticket's status after it.
    Applied(StatusName),
    /// It was so already; the ticket's status then, `None` if there is no ticket.
    Unchanged(Option<StatusName>),
    /// The domain refused it.
    Rejected(Box<Rejection>),
    /// A newer version said something that this one can't read.
    Newer,
}

/// One stream's outcomes, oldest first.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Outcomes(Vec<Outcome>);

impl Outcomes {
    /// The outcome of that command. Newest first: what is repeated is mostly recent.
    pub(crate) fn find(&self, id: CommandId) -> Option<&Outcome> {
        self.0.iter().rev().find(|outcome| outcome.id == id)
    }

    /// Adds an outcome and forgets what need not be kept any more. The first one of a command
    /// stays its outcome.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        if self.find(outcome.id).is_some() {
            return;
        }
        let forget_before = outcome.at - KEPT_FOR.as_secs();
        // Little spare room: most streams have a few outcomes, and there are millions of streams.
        if self.0.len() == self.0.capacity() {
            self.0.reserve_exact(1 + self.0.len() / 4);
        }
        self.0.push(outcome);
        let surplus = self.0.len().saturating_sub(KEPT_OPEN);
        let old = self.0[..surplus]
            .iter()
            .take_while(|outcome| outcome.at < forget_before)
            .count();
        self.0.drain(..old);
    }

    /// Forgets all that is older than 24 hours: the stream has ended. `now` is in seconds, as the
    /// outcomes' times are.
    pub(crate) fn forget(&mut self, now: i64) {
        let forget_before = now - KEPT_FOR.as_secs();
        self.0.retain(|outcome| outcome.at >= forget_before);
        self.0.shrink_to_fit();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Outcome> {
        self.0.iter()
    }

    /// Those that were kept, in the same order.
    pub(crate) fn restored(outcomes: Vec<Outcome>) -> Self {
        Self(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(n: u8, at: i64) -> Outcome {
        Outcome {
            id: CommandId([n; 16]),
            digest: CommandDigest([n; 8]),
            at,
            sequence: u64::from(n),
            version: u32::from(n),
            result: FirstResult::Applied(StatusName::Open),
        }
    }

    const DAY: i64 = 24 * 60 * 60;

    #[test]
    fn an_open_stream_keeps_64_and_all_of_a_day() {
        let mut outcomes = Outcomes::default();
        for n in 0..100 {
            outcomes.add(outcome(n, 1_000));
        }
        assert!(
            outcomes.find(CommandId([0; 16])).is_some(),
            "of the same day"
        );
        outcomes.add(outcome(100, 1_000 + DAY));
        assert!(
            outcomes.find(CommandId([0; 16])).is_some(),
            "just a day old"
        );
        outcomes.add(outcome(101, 1_001 + DAY));
        assert!(outcomes.find(CommandId([37; 16])).is_none());
        assert!(outcomes.find(CommandId([38; 16])).is_some(), "one of 64");
    }

    #[test]
    fn an_ended_stream_keeps_a_day() {
        let mut outcomes = Outcomes::default();
        outcomes.add(outcome(1, 1_000));
        outcomes.add(outcome(2, 2_000));
        outcomes.forget(1_001 + DAY);
        assert!(outcomes.find(CommandId([1; 16])).is_none());
        assert!(outcomes.find(CommandId([2; 16])).is_some());
    }

    #[test]
    fn the_first_outcome_stays() {
        let mut outcomes = Outcomes::default();
        outcomes.add(outcome(1, 1_000));
        outcomes.add(Outcome {
            version: 9,
            ..outcome(1, 1_001)
        });
        let kept = outcomes.find(CommandId([1; 16])).expect("kept");
        assert_eq!(kept.version, 1);
    }
}
