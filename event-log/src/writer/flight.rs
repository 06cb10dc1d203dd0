//! A batch in flight: which of its records have come back, and when to settle it by a barrier.

use std::future::poll_fn;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use super::{Settled, WriterConfig};
use crate::error::Error;
use crate::hash::Hash;
use crate::random::splitmix64;
use crate::record::Record;

pub(super) struct Flight {
    hashes: Vec<Hash>,
    won: usize,
    /// The adapter's report on what was sent last, the batch or a barrier, until it has come.
    report: Option<BoxFuture<'static, Result<(), Error>>>,
    /// When to send a barrier, once that report has come.
    due: Instant,
    /// How many were sent.
    barriers: u32,
}

impl Flight {
    pub(super) fn new(hashes: Vec<Hash>, report: BoxFuture<'static, Result<(), Error>>) -> Self {
        Self {
            hashes,
            won: 0,
            report: Some(report),
            due: Instant::now(),
            barriers: 0,
        }
    }

    /// None as long as something of ours is on its way: a barrier would only queue up behind it,
    /// and be noise when it arrives.
    pub(super) fn due(&self) -> Option<Instant> {
        self.report.is_none().then_some(self.due)
    }

    /// Waits for the adapter's report and draws its conclusion: only for how long to wait.
    pub(super) async fn report(flight: &mut Option<Self>, config: &WriterConfig, jitter: &mut u64) {
        let Some(flight) = flight else {
            return std::future::pending().await;
        };
        let report = poll_fn(|context| match &mut flight.report {
            Some(report) => report.as_mut().poll(context),
            None => std::task::Poll::Pending,
        })
        .await;
        flight.report = None;
        if let Err(error) = &report {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "an append is in doubt"
            );
        }
        let first = match report {
            Ok(()) => config.read_back,
            Err(_) => config.backoff_min,
        };
        let wait = first.saturating_mul(1 << flight.barriers.min(16));
        flight.due = Instant::now() + stretched(wait.min(config.backoff_max), jitter);
    }

    /// The index of this record in the batch, if it is the next one of ours.
    pub(super) fn wins(&mut self, record: &Record) -> Option<usize> {
        let index = self.won;
        let is_next = self.hashes.get(index) == Some(&record.hash);
        self.won += usize::from(is_next);
        is_next.then_some(index)
    }

    /// Whether the batch has ended, now that its last record came back or another one came.
    pub(super) fn settled(&self, another: bool) -> Option<Settled> {
        let lost = self.hashes.len() - self.won;
        (another || lost == 0).then_some(Settled {
            won: self.won,
            lost,
        })
    }

    /// Waits for its report before the next one.
    pub(super) fn barrier_sent(&mut self, report: BoxFuture<'static, Result<(), Error>>) {
        self.report = Some(report);
        self.barriers += 1;
    }
}

/// Between a half and one and a half of a wait.
fn stretched(wait: Duration, state: &mut u64) -> Duration {
    wait.mul_f64(0.5 + splitmix64(state) as f64 / u64::MAX as f64)
}

impl std::fmt::Debug for Flight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flight")
            .field("records", &self.hashes.len())
            .field("won", &self.won)
            .finish_non_exhaustive()
    }
}
