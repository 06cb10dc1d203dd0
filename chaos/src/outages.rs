//! When brokers were in trouble: it explains what a process or a client met meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long after its brokers are back a process may still suffer from their absence.
const AFTERMATH: Duration = Duration::from_secs(15);

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
}
