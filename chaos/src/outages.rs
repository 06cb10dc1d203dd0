//! When brokers were in trouble: it explains what a process or a client met meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long after its brokers are back a process may still suffer from their absence.
const AFTERMATH: Duration = Duration::from_secs(15);

/// With so long a time and all brokers well, whoever asks again and again gets an answer.
const HEALTHY: Duration = Duration::from_secs(20);

/// From when until when, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Outages(Mutex<Vec<(Instant, Option<Instant>)>>);

impl Outages {
    /// One begins.
    pub(crate) fn begin(&self) {
        self.lock().push((Instant::now(), None));
    }

    /// It has ended. One that never ends explains all that follows.
    pub(crate) fn end(&self) {
        if let Some((_, ended)) = self.lock().last_mut() {
            *ended = Some(Instant::now());
        }
    }

    /// Whether there was one between these moments, or shortly before.
    pub(crate) fn explain(&self, from: Instant, to: Instant) -> bool {
        self.lock().iter().any(|(begun, ended)| {
            *begun <= to && ended.is_none_or(|ended| ended + AFTERMATH >= from)
        })
    }

    /// Whether they followed each other so closely that between these moments there was no stretch
    /// in which an answer can be asked for.
    pub(crate) fn excuse(&self, from: Instant, to: Instant) -> bool {
        let outages = self.lock();
        let mut well_since = from;
        for (begun, ended) in outages.iter() {
            if *begun >= well_since + HEALTHY {
                break;
            }
            well_since = well_since.max(ended.unwrap_or(to));
        }
        well_since + HEALTHY > to
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Instant, Option<Instant>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_explains_what_overlaps_it_and_its_aftermath() {
        let outages = Outages::default();
        let before = Instant::now();
        let long = Duration::from_mins(1);
        assert!(!outages.explain(before, before + long), "there was none");
        outages.begin();
        let now = Instant::now();
        assert!(outages.explain(before, now) && outages.explain(now + long, now + long));
        outages.end();
        assert!(outages.explain(now, now + long));
        assert!(
            !outages.explain(now + long, now + 2 * long),
            "it is long over"
        );
        assert!(
            !outages.explain(before - long, before - AFTERMATH),
            "it came later"
        );
    }
    #[test]
    fn outages_excuse_a_client_only_if_they_leave_it_no_time() {
        let outages = Outages::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!outages.excuse(at(0), at(60)), "there was none");
        *outages.lock() = vec![(at(10), Some(at(15))), (at(30), Some(at(45)))];
        assert!(outages.excuse(at(0), at(60)), "15 seconds at most");
        assert!(!outages.excuse(at(0), at(65)), "20 seconds at the end");
        assert!(outages.excuse(at(11), at(64)));
        outages.lock().remove(0);
        assert!(!outages.excuse(at(0), at(60)), "30 seconds at the start");
        outages.lock().push((at(60), None));
        assert!(outages.excuse(at(31), at(200)), "it is not over");
    }
}
