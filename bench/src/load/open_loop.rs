//! An open loop: requests start when they are due, however the earlier ones fare, and latency
//! counts from when a request was due. So a server that stalls is charged for all who would have
//! come meanwhile (no coordinated omission).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::{Connection, NEVER_SENT, Outcome, Random, Script};

/// How requests arrive.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrivals {
    /// Evenly.
    Steady,
    /// Independently of each other, as those of many users.
    Poisson,
}

/// Due times, from a thread of its own: the runtime's timer has steps of a millisecond.
struct Clock {
    arrivals: Arrivals,
    mean: Duration,
    random: Random,
    next: Instant,
}

impl Clock {
    fn advance(&mut self) {
        let wait = match self.arrivals {
            Arrivals::Steady => self.mean,
            Arrivals::Poisson => {
                // One minus it, since it may be 0 and is never 1.
                self.mean.mul_f64(-(1.0 - self.random.unit()).ln())
            }
        };
        self.next += wait;
    }

    /// Tells when requests are due until `end`; sleeps in between.
    fn run(mut self, end: Instant, due: &mpsc::UnboundedSender<Instant>) {
        while self.next < end {
            let now = Instant::now();
            if self.next > now {
                std::thread::sleep(self.next - now);
            }
            let now = Instant::now();
            while self.next <= now && self.next < end {
                if due.send(self.next).is_err() {
                    return;
                }
                self.advance();
            }
        }
    }
}

/// How long after the end what was due before is still sent.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends `rate` requests a second over the scripts' connections, to the addresses in turn:
/// whichever script is free takes the next one that is due. What was due in the warm-up is not
/// counted. What could not be sent until well after the end counts as failed, with the time that it
/// waited as its latency. A connection that breaks ends all with an error.
pub(crate) async fn open_loop<S: Script>(
    addresses: &[SocketAddr],
    scripts: Vec<S>,
    arrivals: Arrivals,
    rate: f64,
    warm_up: Duration,
    measured: Duration,
) -> anyhow::Result<Outcome> {
    let mut connections = Vec::with_capacity(scripts.len());
    for script in scripts {
        let mut to_each = Vec::with_capacity(addresses.len());
        for address in addresses {
            to_each.push(Connection::open(*address).await?);
        }
        connections.push((to_each, script));
    }
    let (tell, due) = mpsc::unbounded_channel::<Instant>();
    let due = Arc::new(Mutex::new(due));
    let start = Instant::now() + Duration::from_millis(20);
    let counted_from = start + warm_up;
    let end = counted_from + measured;
    let mut clients = JoinSet::new();
    for (turn, (mut connections, mut script)) in connections.into_iter().enumerate() {
        let due = Arc::clone(&due);
        clients.spawn(async move {
            let mut outcome = Outcome::new();
            let mut request = Vec::new();
            let mut turn = turn;
            loop {
                let Some(at) = due.lock().await.recv().await else {
                    return anyhow::Ok(outcome);
                };
                if Instant::now() >= end + PATIENCE {
                    // The rest is told of at once then, since it was all due before.
                    if at >= counted_from {
                        outcome.note(NEVER_SENT, at.elapsed());
                    }
                    continue;
                }
                request.clear();
                script.request(&mut request);
                turn = (turn + 1) % connections.len();
                let answer = connections[turn].exchange(&request).await?;
                let took = at.elapsed();
                script.answered(&answer);
                if at >= counted_from {
                    outcome.note(answer.status, took);
                    let done = (200..300).contains(&answer.status);
                    outcome.late += u64::from(done && at + took > end);
                }
            }
        });
    }
    let clock = Clock {
        arrivals,
        mean: Duration::from_secs_f64(1.0 / rate),
        random: Random::new(0),
        next: start,
    };
    let clock = tokio::task::spawn_blocking(move || clock.run(end, &tell));
    let mut total = Outcome::new();
    while let Some(ended) = clients.join_next().await {
        total.add(&ended??);
    }
    clock.await?;
    total.took = measured;
    Ok(total)
}
