//! The load generator: keep-alive connections that each have one request under way, with requests
//! written as bytes. The same for Docket and for what it is compared with, and cheap, since it
//! shares the machine with both.

mod connection;
mod open_loop;
mod random;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

pub(crate) use self::connection::{Answer, Connection};
pub(crate) use self::open_loop::{Arrivals, open_loop};
pub(crate) use self::random::Random;

/// What one connection sends, and what it learns from the answers.
pub(crate) trait Script: Send + 'static {
    /// Writes the next request, head and body, into an empty buffer.
    fn request(&mut self, into: &mut Vec<u8>);

    /// Sees its answer.
    fn answered(&mut self, _answer: &Answer<'_>) {}
}

/// The status of requests that were due and could not be sent.
pub(crate) const NEVER_SENT: u16 = 0;

/// What came of a load.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Requests answered with success while it was measured.
    pub(crate) done: u64,
    /// The others, by status; [`NEVER_SENT`] are those that were due and never sent.
    pub(crate) failed: BTreeMap<u16, u64>,
    /// Of all of them, in microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Of those done, answered only after the time that was measured was over.
    late: u64,
    pub(crate) took: Duration,
}

impl Outcome {
    fn new() -> Self {
        Self {
            done: 0,
            failed: BTreeMap::new(),
            latency: histogram(),
            late: 0,
            took: Duration::ZERO,
        }
    }

    fn note(&mut self, status: u16, took: Duration) {
        if (200..300).contains(&status) {
            self.done += 1;
        } else {
            *self.failed.entry(status).or_default() += 1;
        }
        self.latency.saturating_record(took.as_micros() as u64);
    }

    fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.late += other.late;
        for (status, count) in &other.failed {
            *self.failed.entry(*status).or_default() += count;
        }
        // Both were made with the same bounds.
        let _ = self.latency.add(&other.latency);
    }

    /// Successes a second.
    pub(crate) fn rate(&self) -> f64 {
        (self.done - self.late) as f64 / self.took.as_secs_f64()
    }

    /// Failures of all.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// What failed, for a note; nothing if nothing did.
    pub(crate) fn failures(&self) -> String {
        let named = |(status, count): (&u16, &u64)| match *status {
            NEVER_SENT => format!("; {count} were never sent"),
            status => format!("; {count} failed with status {status}"),
        };
        self.failed.iter().map(named).collect()
    }

    /// A quantile of the latencies, in milliseconds.
    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        ms(&self.latency, quantile)
    }

    /// An error that names what was refused, if anything was.
    pub(crate) fn all_done(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.failed.is_empty(),
            "requests failed (status: count): {:?}",
            self.failed
        );
        Ok(self)
    }
}

/// For microseconds, up to a minute.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000, 3).expect("constant bounds that are sound")
}

/// A quantile of a histogram of microseconds, in milliseconds.
pub(crate) fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}

const WARM_UP: u8 = 0;
const MEASURE: u8 = 1;
const END: u8 = 2;

/// A closed loop: each of the scripts sends its next request as soon as it has its answer, to the
/// addresses in turn. The warm-up is not counted.
pub(crate) async fn closed_loop<S: Script>(
    addresses: &[SocketAddr],
    scripts: Vec<S>,
    warm_up: Duration,
    measured: Duration,
) -> anyhow::Result<Outcome> {
    let phase = Arc::new(AtomicU8::new(WARM_UP));
    let mut clients = JoinSet::new();
    for (index, mut script) in scripts.into_iter().enumerate() {
        let mut connections = Vec::with_capacity(addresses.len());
        for address in addresses {
            connections.push(Connection::open(*address).await?);
        }
        let phase = Arc::clone(&phase);
        clients.spawn(async move {
            let mut outcome = Outcome::new();
            let mut request = Vec::new();
            let mut turn = index;
            loop {
                turn += 1;
                let place = turn % connections.len();
                request.clear();
                script.request(&mut request);
                let begun = Instant::now();
                let answer = connections[place].exchange(&request).await?;
                let took = begun.elapsed();
                script.answered(&answer);
                match phase.load(Ordering::Relaxed) {
                    WARM_UP => {}
                    MEASURE => outcome.note(answer.status, took),
                    _ => return anyhow::Ok(outcome),
                }
            }
        });
    }
    tokio::time::sleep(warm_up).await;
    phase.store(MEASURE, Ordering::Relaxed);
    let begun = Instant::now();
    tokio::time::sleep(measured).await;
    phase.store(END, Ordering::Relaxed);
    let took = begun.elapsed();
    let mut total = Outcome::new();
    while let Some(ended) = clients.join_next().await {
        total.add(&ended?.context("a client of the load generator")?);
    }
    total.took = took;
    Ok(total)
}
