//! A run: replicas, their log, what disturbs them, and the record of what clients saw.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use docket_event_log::Log;
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_history::{Answer, History, Invocation};
use futures::future::join_all;
use tokio::time::{Instant, sleep};

use super::client::{Client, Tries};
use super::commands::{Operation, look};
use super::past;
use super::plan::{Lie, Plan};
use super::random::Random;
use super::replica::Replica;

/// How long, in simulated time, an undisturbed log may keep a client waiting.
const ANSWERED_WITHIN: Duration = Duration::from_mins(2);

/// Everything there is in a run.
pub(super) struct World {
    pub(super) plan: Plan,
    /// The log as it is, behind no network.
    pub(super) log: Log,
    pub(super) replicas: Vec<Replica>,
    pub(super) history: RefCell<History>,
    started: Instant,
    last: Cell<u64>,
    problems: RefCell<Vec<String>>,
}

impl World {
    pub(super) async fn new(plan: Plan) -> Self {
        let started = Instant::now();
        let log = store(plan.partitions).await;
        let mut replicas = Vec::with_capacity(plan.replicas);
        for number in 0..plan.replicas {
            let log = if number == 0 && plan.lie == Lie::SplitLog {
                store(plan.partitions).await
            } else {
                Log::clone(&log)
            };
            replicas.push(Replica::new(number, log, &plan, started));
        }
        Self {
            plan,
            log,
            replicas,
            history: RefCell::default(),
            started,
            last: Cell::new(0),
            problems: RefCell::default(),
        }
    }

    /// Runs the clients to their end in the midst of disturbances, then lets everything recover.
    pub(super) async fn run(&self) {
        if self.plan.old_tickets > 0 {
            past::write(self).await;
        }
        for replica in &self.replicas {
            self.note(replica.start().await);
        }
        let clients = (0..self.plan.clients).map(|number| Client::new(self, number).run());
        futures::join!(join_all(clients), self.disturb());
        self.recover().await;
    }

    /// A moment that comes after every other one so far, near the simulated time in nanoseconds.
    pub(super) fn moment(&self) -> u64 {
        let now = self.started.elapsed().as_nanos() as u64;
        let moment = now.max(self.last.get() + 1);
        self.last.set(moment);
        moment
    }

    pub(super) fn record(&self, invocation: Invocation) {
        self.history.borrow_mut().push(invocation);
    }

    /// Something that must not be.
    pub(super) fn problem(&self, problem: String) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn note<T>(&self, result: Result<T, String>) {
        if let Err(problem) = result {
            self.problem(problem);
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        self.problems.borrow().clone()
    }

    async fn disturb(&self) {
        let random = &mut Random::new(self.plan.seed, 1);
        if self.plan.old_tickets > 0 {
            let replica = &self.replicas[random.below(self.replicas.len())];
            self.note(replica.snapshot().await);
        }
        for _ in 0..self.plan.disturbances {
            sleep(random.millis(600)).await;
            let replica = &self.replicas[random.below(self.replicas.len())];
            self.note(replica.healthy());
            match random.below(if self.plan.snapshots { 10 } else { 7 }) {
                0 | 1 => {
                    self.note(replica.crash());
                    sleep(random.millis(300)).await;
                    self.note(replica.start().await);
                }
                2 => {
                    self.note(replica.stop().await);
                    self.note(replica.start().await);
                }
                3 => replica.jump(random.below(20 * 3_600_000) as i64 - 10 * 3_600_000),
                4 => {
                    let silence = random.millis(2_000);
                    replica.cut_off(random, silence);
                    sleep(silence).await;
                    replica.reconnect(random);
                }
                5 => replica.claim(),
                7.. => {
                    self.note(replica.snapshot().await);
                    sleep(random.millis(400)).await;
                    // Otherwise its tasks go on with it.
                    if random.percent(50) {
                        self.note(replica.crash());
                        self.note(replica.start().await);
                    }
                }
                _ => replica.network.release().await,
            }
        }
    }

    /// No more faults: everything must be answered, and soon.
    async fn recover(&self) {
        for replica in &self.replicas {
            replica.network.network().heal();
            replica.network.release().await;
            self.note(replica.healthy());
            if !replica.is_running() {
                self.note(replica.start().await);
            }
        }
        let looks = self.plan.replicas.max(self.plan.streams());
        join_all((0..looks).map(|n| self.look(n))).await;
        for replica in &self.replicas {
            match replica.stop().await {
                Ok(true) => {}
                Ok(false) => self.problem(format!(
                    "replica {} doesn't end: something it took is not answered",
                    replica.number
                )),
                Err(problem) => self.problem(problem),
            }
        }
    }

    /// Asks a replica where a stream stands, until it says so.
    async fn look(&self, n: usize) {
        let stream = self.plan.stream(n % self.plan.streams());
        let id = (0xf1a1 << 64) + n as u128;
        let look: Operation = look(stream, id);
        let replica = n % self.plan.replicas;
        let client = Client::new(self, 1_000 + n);
        let tries = Tries {
            replica,
            patience: ANSWERED_WITHIN,
            lossy: false,
        };
        let begun = Instant::now();
        loop {
            let answer = client.invoke(&look, tries).await;
            if !matches!(answer, Answer::NotDone | Answer::Unknown) {
                return;
            }
            if begun.elapsed() >= ANSWERED_WITHIN {
                return self.problem(format!(
                    "replica {replica} doesn't answer about {stream}, though nothing disturbs it"
                ));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A log that nobody has written to.
async fn store(partitions: u16) -> Log {
    let store = MemoryStore::new(partitions);
    Arc::new(
        MemoryLog::open(&store, partitions)
            .await
            .expect("a log in memory"),
    )
}
