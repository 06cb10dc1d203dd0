//! The troubles, and what each may cost clients.

use std::fmt;

use crate::load::Window;

/// No machine is so slow that anybody should wait for so long at a graceful step.
const FAR_TOO_LONG_MS: f64 = 5_000.0;

/// One trouble.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Nothing, to compare with.
    Calm,
    /// A replica is killed with `-9`.
    Kill,
    /// It is started again.
    StartAgain,
    /// A replica is frozen for ten seconds.
    Pause,
    /// A replica is stopped in order and started again.
    Restart,
    /// One more joins.
    Join,
    /// It leaves.
    Leave,
    /// A newer version writes an event that the others can't read.
    Newer,
    /// The broker that leads most partitions is killed with `-9`, and started again.
    KillBroker,
    /// The broker that leads most partitions is frozen for twenty seconds.
    PauseBroker,
    /// All brokers but one are killed, and started again after five seconds.
    TwoBrokersDown,
}

impl Step {
    /// The scenario for so many brokers.
    pub fn all(brokers: usize) -> Vec<Self> {
        let mut steps = vec![
            Self::Calm,
            Self::Kill,
            Self::StartAgain,
            Self::Pause,
            Self::Restart,
            Self::Join,
            Self::Leave,
            Self::Newer,
            Self::KillBroker,
        ];
        if brokers > 1 {
            steps.extend([Self::PauseBroker, Self::TwoBrokersDown]);
        }
        steps
    }

    /// Whether no request may fail and nobody may wait for long: what operators do on purpose.
    pub const fn is_graceful(self) -> bool {
        matches!(
            self,
            Self::Calm | Self::StartAgain | Self::Restart | Self::Join | Self::Leave | Self::Newer
        )
    }

    /// The longest that anybody should wait, in milliseconds. It is only marked: machines differ.
    pub(super) const fn longest_ms(self) -> Option<f64> {
        match self {
            Self::Kill => Some(1_000.0),
            step if step.is_graceful() => Some(250.0),
            _ => None,
        }
    }

    /// What is wrong with a step's figures: what operators do on purpose costs no client a request,
    /// nor an attempt but one that took its client too long. Who is asked was ready a moment ago,
    /// and a replica that stops says so long before it refuses connections.
    pub(super) fn judge(self, window: &Window) -> Vec<String> {
        if !self.is_graceful() {
            return Vec::new();
        }
        let step = self.to_string();
        let step = step.trim_start();
        let mut wrong: Vec<_> = [
            (window.failed, "requests failed"),
            (window.retried_answered, "requests had to be repeated"),
            (window.refused, "connections were refused"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{step}: {count} {what}"))
        .collect();
        if window.longest_ms > FAR_TOO_LONG_MS {
            let seconds = window.longest_ms / 1e3;
            wrong.push(format!("{step}: somebody waited for {seconds:.1} s"));
        }
        wrong
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Calm => "nothing",
            Self::Kill => "replica killed (-9)",
            Self::StartAgain => "  and started again",
            Self::Pause => "replica frozen for 10 s",
            Self::Restart => "replica restarted in order",
            Self::Join => "replica joins",
            Self::Leave => "  and leaves",
            Self::Newer => "newer version's event",
            Self::KillBroker => "leading broker killed (-9)",
            Self::PauseBroker => "leading broker frozen 20 s",
            Self::TwoBrokersDown => "two brokers down for 5 s",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graceful_step_may_cost_no_request_no_connection_and_no_long_wait() {
        let slow = Window {
            retried: 3,
            longest_ms: 4_000.0,
            ..Window::default()
        };
        for fine in [&Window::default(), &slow] {
            assert_eq!(Step::Restart.judge(fine), [""; 0]);
        }
        let failed = Window {
            failed: 1,
            ..Window::default()
        };
        let sent_away = Window {
            retried_answered: 1,
            ..Window::default()
        };
        let refused = Window {
            refused: 1,
            ..Window::default()
        };
        let far_too_slow = Window {
            longest_ms: 5_001.0,
            ..Window::default()
        };
        for wrong in [&failed, &sent_away, &refused, &far_too_slow] {
            assert_eq!(Step::Restart.judge(wrong).len(), 1, "{wrong:?}");
            assert_eq!(Step::Kill.judge(wrong), [""; 0], "it is no graceful step");
        }
    }
}
