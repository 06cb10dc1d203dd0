//! Latencies and failures, each at the moment its command was due.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;
use tokio::time::Instant;

use super::Manner;
use crate::answer::{Answer, NO_ANSWER, NOBODY_LISTENS};
use crate::front::{Attempt, outcome};

/// What is kept of one command.
#[derive(Clone, Copy, Debug)]
struct Sample {
    due: Instant,
    /// From the due moment to the outcome, or to the client's giving up.
    took: Duration,
    /// Whether a client that wanted the outcome got none.
    failed: bool,
    /// Attempts that a replica's answer or a broken connection ended without an outcome.
    retries: u32,
    /// Of these, those that neither met nobody listening nor just took too long.
    retries_answered: u32,
    /// Attempts that met nobody listening.
    refused: u32,
    /// Attempts of which nobody said what became of them.
    unknown: u32,
    /// The longest that a replica took to send the command away.
    sent_away_after: Duration,
}

/// So many are kept: minutes of any rate that this machine bears.
const KEPT: usize = 1 << 18;

/// The latest commands' figures. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Samples(Arc<Mutex<VecDeque<Sample>>>);

/// The figures of a span of time.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Window {
    /// Commands that were due in it.
    pub commands: usize,
    /// Median wait for the outcome, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub longest_ms: f64,
    /// Commands whose client wanted an outcome and got none.
    pub failed: usize,
    /// When these were due.
    #[serde(skip)]
    pub failed_since: Vec<Instant>,
    /// Commands that needed more than one attempt.
    pub retried: usize,
    /// Of these, those of which an attempt was answered without an outcome, or its connection broke.
    pub retried_answered: usize,
    /// Attempts that met nobody listening where a replica was said to be ready.
    pub refused: usize,
    /// Attempts whose end was unknown: no answer in time, a broken connection, or said so.
    pub unknown: usize,
    /// The longest that any replica took to answer 429 or 503, in milliseconds.
    pub sent_away_after_ms: f64,
}

impl Samples {
    pub(super) fn add(&self, due: Instant, manner: Manner, attempts: &[Attempt]) {
        let wanted = matches!(manner, Manner::Patient | Manner::Hedges | Manner::Bulk);
        let outcome = outcome(attempts);
        let last = attempts.iter().map(|attempt| attempt.ended).max();
        let Some(end) = outcome.map(|(_, ended)| ended).or(last) else {
            return;
        };
        if outcome.is_none() && !wanted {
            return;
        }
        let without = |attempt: &&Attempt| !matches!(attempt.answer, Answer::Outcome(_));
        let nobody = |attempt: &&Attempt| matches!(&attempt.answer, Answer::NotDone(why) if &**why == NOBODY_LISTENS);
        let silent = |attempt: &&Attempt| matches!(&attempt.answer, Answer::Unknown(why) if &**why == NO_ANSWER);
        let sent_away = (attempts.iter())
            .filter(|attempt| matches!(attempt.answer, Answer::NotDone(_)) && !nobody(attempt));
        let unknown =
            |attempt: &&Attempt| matches!(attempt.answer, Answer::Unknown(_) | Answer::Wrong(_));
        let sample = Sample {
            due,
            took: end.saturating_duration_since(due),
            failed: outcome.is_none(),
            retries: attempts.iter().filter(without).count() as u32,
            retries_answered: (attempts.iter())
                .filter(|attempt| without(attempt) && !nobody(attempt) && !silent(attempt))
                .count() as u32,
            refused: attempts.iter().filter(nobody).count() as u32,
            unknown: attempts.iter().filter(unknown).count() as u32,
            sent_away_after: sent_away
                .map(|attempt| attempt.ended - attempt.sent)
                .max()
                .unwrap_or_default(),
        };
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == KEPT {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// The figures of the commands that were due from `from` until `to`.
    pub fn window(&self, from: Instant, to: Instant) -> Window {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut window = Window::default();
        let mut took = histogram();
        for sample in samples.iter().filter(|s| s.due >= from && s.due < to) {
            window.commands += 1;
            if sample.failed {
                window.failed += 1;
                window.failed_since.push(sample.due);
            }
            window.retried += usize::from(sample.retries > 0);
            window.retried_answered += usize::from(sample.retries_answered > 0);
            window.refused += sample.refused as usize;
            window.unknown += sample.unknown as usize;
            took.saturating_record(sample.took.as_micros() as u64);
            window.longest_ms = window.longest_ms.max(ms(sample.took));
            window.sent_away_after_ms = window.sent_away_after_ms.max(ms(sample.sent_away_after));
        }
        window.p50_ms = took.value_at_quantile(0.5) as f64 / 1e3;
        window.p99_ms = took.value_at_quantile(0.99) as f64 / 1e3;
        window
    }
}

/// Of microseconds, up to ten minutes, to three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3)
        .unwrap_or_else(|error| unreachable!("fixed bounds: {error}"))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
