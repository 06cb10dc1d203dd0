//! How often one survey may be answered.
//!
//! Whoever has a link needs nobody's leave, and each attempt that the log refuses costs a record. So
//! each survey has a bucket of tokens, at each replica: enough for people who press twice and come
//! back, and one link doesn't fill a log. Buckets that are full again are forgotten.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use docket_domain::ids::SurveyId;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Fewer buckets than this aren't worth a look.
const SWEPT_MIN: usize = 1_024;

/// The buckets of all surveys that somebody answered lately.
pub(crate) struct Attempts<C: Clock = DefaultClock> {
    buckets: RateLimiter<SurveyId, HashMapStateStore<SurveyId>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    sweep_at: AtomicUsize,
}

impl Attempts {
    /// So many an hour for each survey, all of them at once if need be.
    pub(crate) fn per_hour(most: NonZeroU32) -> Self {
        Self::by_clock(most, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Attempts<C> {
    fn by_clock(most: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_hour(most);
        let buckets = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self {
            buckets,
            clock,
            sweep_at: AtomicUsize::new(SWEPT_MIN),
        }
    }

    /// Takes one; else says how long to wait for it.
    pub(crate) fn take(&self, survey: SurveyId) -> Result<(), Duration> {
        let taken = self.buckets.check_key(&survey);
        // At each doubling: what a sweep costs is then small for each attempt.
        if self.buckets.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.buckets.retain_recent();
            let next = SWEPT_MIN.max(2 * self.buckets.len());
            self.sweep_at.store(next, Ordering::Relaxed);
        }
        taken.map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::ids::TicketId;
    use governor::clock::FakeRelativeClock;
    use uuid::Uuid;

    use super::*;

    fn survey(n: u128) -> SurveyId {
        SurveyId {
            ticket: TicketId(Uuid::from_u128(n)),
            closing: NonZeroU32::MIN,
        }
    }

    fn twelve_an_hour() -> (Attempts<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let most = NonZeroU32::new(12).expect("not 0");
        (Attempts::by_clock(most, clock.clone()), clock)
    }

    #[test]
    fn each_survey_has_its_own_bucket_which_fills_by_and_by() {
        let (attempts, clock) = twelve_an_hour();
        let taken = |n| (0..20).filter(|_| attempts.take(survey(n)).is_ok()).count();
        assert_eq!([taken(1), taken(2)], [12, 12]);
        assert_eq!(attempts.take(survey(1)), Err(Duration::from_mins(5)));
        clock.advance(Duration::from_mins(4));
        assert_eq!(attempts.take(survey(1)), Err(Duration::from_mins(1)));
        clock.advance(Duration::from_mins(1));
        assert_eq!(taken(1), 1);
        clock.advance(Duration::from_hours(9));
        assert_eq!(taken(1), 12);
    }

    #[test]
    fn buckets_that_are_full_again_are_forgotten() {
        let (attempts, clock) = twelve_an_hour();
        let mut most = 0;
        for n in 0..50_000 {
            clock.advance(Duration::from_secs(1));
            attempts.take(survey(n)).expect("the first one");
            most = most.max(attempts.buckets.len());
        }
        // Each is full again after 300 others.
        assert!(most < 2 * SWEPT_MIN, "{most}");
    }
}
