//! A steady load from many clients on few tickets, and the record of all that was asked and
//! answered.
//!
//! Open loop: each command has the moment at which it is due, and is sent then whether or not the
//! ones before it have been answered; latencies count from that moment. So a pause shows in the
//! figures as long as it was (no coordinated omission).

mod plan;
mod samples;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use self::plan::{Due, Plan, Planned};
pub use self::plan::{LoadConfig, Manner};
pub use self::samples::{Samples, Window};
use crate::answer::Answer;
use crate::ask::Ask;
use crate::front::{Attempt, Front, Until, outcome};
use crate::old::Old;

/// A command, and all that its client saw of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was asked.
    pub ask: Ask,
    /// How its client behaved.
    pub manner: Manner,
    /// In the order in which they ended, but for hedged ones.
    pub attempts: Vec<Attempt>,
}

impl Asked {
    /// When it was first sent.
    pub fn invoked(&self) -> Option<Instant> {
        self.attempts.iter().map(|attempt| attempt.sent).min()
    }

    /// Whether every replica that was asked said that it was not done.
    pub fn not_done(&self) -> bool {
        let mut answers = self.attempts.iter().map(|attempt| &attempt.answer);
        answers.all(|answer| matches!(answer, Answer::NotDone(_)))
    }
}

/// All that was asked, ticket by ticket.
pub type Book = HashMap<Uuid, Vec<Asked>>;

/// A running load.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    driver: JoinHandle<()>,
    waiting: Waiting,
    book: Arc<Mutex<Book>>,
}

impl Load {
    /// Begins. Latencies go to `samples`; some clients come back to `old` tickets.
    pub fn start(front: &Front, config: LoadConfig, samples: &Samples, old: &Old) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let book = Arc::<Mutex<Book>>::default();
        let plan = Plan::new(config, front.cluster(), old.clone());
        let clients = Clients {
            front: front.clone(),
            book: Arc::clone(&book),
            samples: samples.clone(),
            waiting: Waiting::default(),
        };
        let waiting = clients.waiting.clone();
        let driver = tokio::spawn(drive(plan, clients, Arc::clone(&stop)));
        Self {
            stop,
            driver,
            waiting,
            book,
        }
    }

    /// Clients that wait for an outcome now.
    pub fn waiting(&self) -> usize {
        self.waiting.lock().values().sum()
    }

    /// Whether all commands that were due before then have been sent and have ended. Commands are
    /// sent in the order in which they are due, so it is certain when one that was due later waits
    /// and no earlier one does.
    pub fn is_past(&self, then: Instant) -> bool {
        let waiting = self.waiting.lock();
        waiting
            .first_key_value()
            .is_some_and(|(due, _)| *due >= then)
    }

    /// Asks nothing new, waits for every client to stop, and hands over the book.
    pub async fn finish(self) -> anyhow::Result<Book> {
        self.stop.store(true, Ordering::Relaxed);
        self.driver.await?;
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *book))
    }
}

/// Sends what is due until it is told to stop, then waits for all clients.
async fn drive(mut plan: Plan, clients: Clients, stop: Arc<AtomicBool>) {
    let start = Instant::now();
    let mut running = JoinSet::new();
    let mut sent = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let due = start + Duration::from_secs(1).mul_f64(sent as f64 / plan.rate());
        sleep_until(due).await;
        match plan.next() {
            Due::Each(each) => {
                for planned in each {
                    sent += 1;
                    clients.waiting.begin(due);
                    running.spawn(clients.clone().command(planned, due));
                }
            }
            Due::Lines(lines) => {
                for _ in &lines {
                    sent += 1;
                    clients.waiting.begin(due);
                }
                running.spawn(clients.clone().bulk(lines, due));
            }
        }
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

/// How many clients wait, by when their commands were due.
#[derive(Clone, Default, Debug)]
struct Waiting(Arc<Mutex<BTreeMap<Instant, usize>>>);

impl Waiting {
    fn begin(&self, due: Instant) {
        *self.lock().entry(due).or_default() += 1;
    }

    fn end(&self, due: Instant) {
        let mut waiting = self.lock();
        if let Some(count) = waiting.get_mut(&due) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&due);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Instant, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who ask.
#[derive(Clone)]
struct Clients {
    front: Front,
    book: Arc<Mutex<Book>>,
    samples: Samples,
    waiting: Waiting,
}

impl Clients {
    /// One command from its due moment to its client's last look at it.
    async fn command(self, planned: Planned, due: Instant) {
        let Planned { ask, manner, .. } = &planned;
        let attempts = match *manner {
            Manner::Patient | Manner::Bulk => self.front.ask(ask, Until::Outcome(PATIENCE)).await,
            Manner::TakesNo => self.front.ask(ask, Until::Certain(PATIENCE)).await,
            Manner::HangsUp(after) => self.front.ask(ask, Until::HangUp(after)).await,
            Manner::Hedges => {
                let asking = || self.front.ask(ask, Until::Outcome(PATIENCE));
                let (mut attempts, hedged) = tokio::join!(asking(), asking());
                attempts.extend(hedged);
                attempts
            }
        };
        self.note(planned, due, attempts);
    }

    /// The lines of one bulk request; those that get no outcome are asked alone.
    async fn bulk(self, lines: Vec<Planned>, due: Instant) {
        let asks: Vec<_> = lines.iter().map(|line| &line.ask).collect();
        let mut attempts = self.front.bulk(&asks, BULK_PATIENCE).await.into_iter();
        let lines = lines.into_iter().map(|line| {
            let mut attempts: Vec<_> = attempts.next().into_iter().collect();
            let client = self.clone();
            async move {
                if outcome(&attempts).is_none() {
                    let left = Until::Outcome(PATIENCE.saturating_sub(due.elapsed()));
                    attempts.extend(client.front.ask(&line.ask, left).await);
                }
                client.note(line, due, attempts);
            }
        });
        futures::future::join_all(lines).await;
    }

    /// What a client has seen of its command.
    fn note(&self, planned: Planned, due: Instant, attempts: Vec<Attempt>) {
        let Planned { ask, manner, seen } = planned;
        self.waiting.end(due);
        if let Some((outcome, _)) = outcome(&attempts) {
            seen.fetch_max(outcome.version, Ordering::Relaxed);
        }
        self.samples.add(due, manner, &attempts);
        let asked = Asked {
            ask,
            manner,
            attempts,
        };
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.entry(asked.ask.ticket).or_default().push(asked);
    }
}

/// How long one waits for the outcomes of a bulk request before it asks for each alone.
const BULK_PATIENCE: Duration = Duration::from_secs(8);

/// How long a client goes on asking. Longer than any fault lasts.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
