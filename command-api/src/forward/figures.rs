//! Figures of forwarding: how many commands were sent to their owners, and what came of it.

use std::sync::LazyLock;

use metrics::{Counter, counter};

use crate::partition::owner::Reason;

/// What came of sending a command to an owner, as a metric's label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Came {
    /// The owner's answer.
    Answered,
    /// The owner's word that another replica might do it.
    Elsewhere,
    /// There was nobody at its address.
    Gone,
    /// No connection could be tried, for a reason of this replica's own.
    Unreached,
    /// The connection broke.
    Broken,
    /// An answer, but not of a replica of this log.
    Foreign,
    /// Nothing for so long that it counts as gone.
    Silent,
    /// The partition changed hands meanwhile.
    Changed,
    /// Nothing, until the time was up.
    Late,
}

const NAMES: [&str; 9] = [
    "answered",
    "elsewhere",
    "gone",
    "unreached",
    "broken",
    "foreign",
    "silent",
    "changed",
    "late",
];

/// Made once: a lookup per command costs more than counting does.
static FORWARDED: LazyLock<[Counter; 9]> = LazyLock::new(|| {
    NAMES.map(|outcome| counter!("docket_commands_forwarded_total", "outcome" => outcome))
});

/// Shows all of them from the start, so that an alarm on their growth sees the first one too.
pub(super) fn begin() {
    for counter in FORWARDED.iter() {
        counter.increment(0);
    }
    for reason in [Reason::Share, Reason::Silence, Reason::HandOver] {
        counter!("docket_claims_total", "reason" => reason.as_str()).increment(0);
    }
}

pub(crate) fn count(came: Came) {
    FORWARDED[came as usize].increment(1);
}
