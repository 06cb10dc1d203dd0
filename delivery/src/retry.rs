//! When to try again.

use std::time::Duration;

/// No receiver makes us wait longer, whatever it says.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// Why an attempt failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Without personal data: it is kept and shown.
    pub(crate) why: String,
    /// It would fail again.
    pub(crate) permanent: bool,
    /// When the receiver wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn transient(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            permanent: false,
            retry_after: None,
        }
    }

    pub(crate) fn permanent(why: impl Into<String>) -> Self {
        Self {
            permanent: true,
            ..Self::transient(why)
        }
    }
}

/// How long to wait after the `attempt`th attempt (from 1); `None`: that was the last one.
///
/// Up to a fifth is added at random, so that what failed together doesn't come back together.
pub(crate) fn after(schedule_ms: &[u64], attempt: u32, failure: &Failure) -> Option<Duration> {
    if failure.permanent {
        return None;
    }
    let wait = *schedule_ms.get(attempt.saturating_sub(1) as usize)?;
    // Without randomness there is no jitter, and everything else still holds.
    let share = getrandom::u32().map_or(0, u64::from);
    let jitter = u128::from(wait) * u128::from(share) / 5 / u128::from(u32::MAX);
    let scheduled = Duration::from_millis(wait + jitter as u64);
    let asked = failure.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    Some(scheduled.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_gone_through_once() {
        let failure = Failure::transient("busy");
        let schedule = [1_000, 60_000];
        for (attempt, wait) in [(1, 1_000), (2, 60_000)] {
            let after = after(&schedule, attempt, &failure).expect("another attempt");
            let range = Duration::from_millis(wait)..=Duration::from_millis(wait + wait / 5);
            assert!(range.contains(&after), "{after:?}");
        }
        assert_eq!(after(&schedule, 3, &failure), None);
        assert_eq!(after(&schedule, 1, &Failure::permanent("gone")), None);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_ever() {
        let mut failure = Failure::transient("busy");
        failure.retry_after = Some(Duration::from_mins(2));
        assert_eq!(after(&[1_000], 1, &failure), Some(Duration::from_mins(2)));
        failure.retry_after = Some(Duration::MAX);
        assert_eq!(after(&[1_000], 1, &failure), Some(RETRY_AFTER_MAX));
    }
}
