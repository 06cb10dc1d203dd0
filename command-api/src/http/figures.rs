//! Figures of commands: how many came to what, and how long they took.

use std::sync::LazyLock;
use std::time::Instant;

use metrics::{Counter, Histogram, counter, histogram};

use super::rejections::Reply;

/// What a command came to, as a metric's label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Applied,
    Unchanged,
    Rejected,
    Invalid,
    Unavailable,
}

struct Figures {
    counters: [Counter; 5],
    duration: Histogram,
}

/// Made at the first command, when the process's recorder stands: a lookup per command costs more
/// than counting does.
static FIGURES: LazyLock<Figures> = LazyLock::new(|| Figures {
    counters: ["applied", "unchanged", "rejected", "invalid", "unavailable"]
        .map(|outcome| counter!("docket_commands_total", "outcome" => outcome)),
    duration: histogram!("docket_command_duration_seconds"),
});

/// The outcome of a reply.
pub(super) fn outcome(reply: &Reply) -> Outcome {
    match reply {
        Reply::Done { applied: true, .. } => Outcome::Applied,
        Reply::Done { applied: false, .. } => Outcome::Unchanged,
        Reply::Rejected { .. } => Outcome::Rejected,
        Reply::Invalid(_) => Outcome::Invalid,
        Reply::Unavailable(_) => Outcome::Unavailable,
    }
}

/// Times one command, from its arrival to its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer(Instant);

impl Timer {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn stop(self, outcome: Outcome) {
        FIGURES.counters[outcome as usize].increment(1);
        FIGURES.duration.record(self.0.elapsed().as_secs_f64());
    }
}
