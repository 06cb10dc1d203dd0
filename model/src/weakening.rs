//! The protocol with one of its rules taken away. Each must be caught, or the model has no teeth.

use std::fmt;

/// A rule that is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weakening {
    /// A command is acknowledged when its record is reported stored, not when it is read back.
    AcknowledgeOnReport,
    /// A refusal or an "already so" is answered from the state as read so far, without a record.
    RefusalUnconfirmed,
    /// A batch that is reported failed, or timed out, is taken to have failed: "not done".
    TimeoutIsFailure,
    /// A writer takes a record for its own when it looks like its own (extends the same record and
    /// says the same kind of thing), not only when it has the same hash.
    LookalikeConfirms,
    /// A record has no id of its own, so two attempts at the same thing on the same head are one.
    NoFreshId,
    /// A batch is settled by a barrier only after it was reported failed or timed out, not when it
    /// was reported stored and doesn't come back.
    BarrierOnlyAfterTimeout,
    /// A barrier confirms its writer's refusals without listing them: other writers don't learn
    /// of them.
    RefusalUnlisted,
    /// A snapshot keeps the head, but not the offset: reading goes on from the log's start.
    SnapshotWithoutOffset,
    /// A batch has one barrier, at its end, even where a later event of the batch changes what
    /// was refused before it.
    BarrierLast,
    /// One replica's "not done" is passed on as the command's, though another attempt at it may
    /// still happen.
    OneNotDoneForAll,
    /// Readers take every record as valid.
    NoChainRule,
}

impl Weakening {
    /// Whether what is read is no function of the log any more.
    pub(crate) fn upsets_readers(self) -> bool {
        matches!(self, Self::SnapshotWithoutOffset | Self::NoChainRule)
    }

    /// Whether writers listen to what is reported of a delivery. In the protocol they don't, but
    /// for how long they wait before the next barrier.
    pub(crate) fn listens_to_reports(self) -> bool {
        matches!(
            self,
            Self::AcknowledgeOnReport | Self::TimeoutIsFailure | Self::BarrierOnlyAfterTimeout
        )
    }
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AcknowledgeOnReport => "acknowledging on the delivery report",
            Self::RefusalUnconfirmed => "answering a refusal unconfirmed",
            Self::TimeoutIsFailure => "taking a timeout for a failure",
            Self::LookalikeConfirms => "letting a record that looks like ours confirm an answer",
            Self::NoFreshId => "records without an id of their own",
            Self::BarrierOnlyAfterTimeout => "a barrier only after a timeout",
            Self::RefusalUnlisted => "a refusal that other writers don't learn of",
            Self::SnapshotWithoutOffset => "a snapshot without its offset",
            Self::BarrierLast => "one barrier at the batch's end",
            Self::OneNotDoneForAll => "one replica's \"not done\" for all",
            Self::NoChainRule => "no chain rule",
        })
    }
}
