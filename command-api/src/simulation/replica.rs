//! One command API of a run: the real tasks behind a network of their own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use docket_event_log::faults::FaultyLog;
use docket_event_log::{Log, Partition, WriterConfig};
use docket_schemas::control::Claimed;
use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::commands::START;
use super::plan::Plan;
use super::random::Random;
use crate::config::CommandConfig;
use crate::partition::environment::{Clock, Ended, Environment};
use crate::partition::owner::Reason;
use crate::partition::{Partitions, Way, start};
use crate::snapshot::{Built, Directory, Job, Snapshot, build};

/// How long a stop may take, in simulated time.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// A machine: its network and clock stay when its process dies.
pub(super) struct Replica {
    pub(super) number: usize,
    pub(super) network: FaultyLog,
    log: Log,
    plan: Plan,
    config: CommandConfig,
    environment: Environment,
    clock_ms: Arc<AtomicI64>,
    ended: mpsc::Receiver<Ended>,
    /// Its disk.
    disk: Option<(TempDir, Directory)>,
    /// Of each partition, the snapshot that its process has.
    snapshots: RefCell<Vec<Option<Arc<Snapshot>>>>,
    running: RefCell<Option<Running>>,
}

/// Its process.
struct Running {
    partitions: Arc<Partitions>,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    /// Set when it dies without having answered what it had taken.
    died: Rc<Cell<bool>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.died.set(true);
    }
}

impl Replica {
    pub(super) fn new(number: usize, log: Log, plan: &Plan, started: Instant) -> Self {
        let network = FaultyLog::new(log);
        let clock_ms = Arc::new(AtomicI64::new(0));
        let (tell, ended) = mpsc::channel();
        let offset = Arc::clone(&clock_ms);
        let clock = Clock::new(move || {
            let elapsed = started.elapsed().as_millis() as i64;
            START + SignedDuration::from_millis(elapsed + offset.load(Ordering::Relaxed))
        });
        let mut random = Random::new(plan.seed, 100 + number as u64);
        let writer = WriterConfig {
            jitter_seed: random.next(),
            ..plan.writer.clone()
        };
        let replica = Self {
            number,
            log: Arc::new(network.clone()),
            network,
            plan: plan.clone(),
            config: plan.config.clone(),
            environment: Environment {
                clock,
                writer,
                ended: Some(tell),
            },
            clock_ms,
            ended,
            disk: plan.snapshots.then(disk),
            snapshots: RefCell::default(),
            running: RefCell::new(None),
        };
        replica.network.network().seed(random.next(), plan.rates);
        replica.network.network().delay(plan.delays);
        replica
    }

    /// Starts its process.
    pub(super) async fn start(&self) -> Result<(), String> {
        let stop = CancellationToken::new();
        let started = start(
            &self.log,
            &self.config,
            &self.environment,
            self.disk.as_ref().map(|(_, directory)| directory),
            stop.clone(),
        )
        .await
        .map_err(|error| format!("replica {} can't start: {error}", self.number))?;
        // What an earlier process left is of no interest.
        while self.ended.try_recv().is_ok() {}
        *self.snapshots.borrow_mut() = started.snapshots;
        *self.running.borrow_mut() = Some(Running {
            partitions: Arc::new(started.partitions),
            tasks: started.tasks,
            stop,
            died: Rc::default(),
        });
        Ok(())
    }

    /// Where commands are sent, while there is a process; and whether it has died since.
    pub(super) fn partitions(&self) -> Option<(Arc<Partitions>, Rc<Cell<bool>>)> {
        let running = self.running.borrow();
        let running = running.as_ref()?;
        Some((Arc::clone(&running.partitions), Rc::clone(&running.died)))
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.borrow().is_some()
    }

    /// Kills the process. What it has sent is on its way all the same.
    pub(super) fn crash(&self) -> Result<(), String> {
        let running = self.running.borrow_mut().take();
        running.map_or(Ok(()), |mut running| self.look(&mut running))
    }

    /// Stops the process as an operator would. It may take its time while the network is bad; then
    /// it is killed.
    pub(super) async fn stop(&self) -> Result<bool, String> {
        // Taken out at the end only: until then it answers that it stops.
        let Some(mut tasks) = self.running.borrow_mut().as_mut().map(|running| {
            running.stop.cancel();
            std::mem::take(&mut running.tasks)
        }) else {
            return Ok(true);
        };
        let mut panicked = None;
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                panicked = panicked.take().or(ended.err());
            }
        };
        let in_time = timeout(STOP_WITHIN, all).await.is_ok();
        if let Some(error) = panicked {
            return Err(format!("replica {}: {error}", self.number));
        }
        if let Some(mut running) = self.running.borrow_mut().take() {
            self.look(&mut running)?;
            if in_time {
                // Everything it had taken was answered.
                running.died = Rc::default();
            }
        }
        Ok(in_time)
    }

    /// What its tasks left when they ended.
    pub(super) fn left(&self) -> Vec<Ended> {
        self.ended.try_iter().collect()
    }

    /// Sets its clock so much forward or back.
    pub(super) fn jump(&self, by_ms: i64) {
        self.clock_ms.store(by_ms, Ordering::Relaxed);
    }

    /// Builds a snapshot of every partition, as its process does in the background.
    pub(super) async fn snapshot(&self) -> Result<(), String> {
        let (Some((_, directory)), Some((partitions, _))) = (&self.disk, self.partitions()) else {
            return Ok(());
        };
        for n in 0..partitions.count() {
            let job = Job {
                log: Log::clone(&self.log),
                partition: Partition(n as u16),
                previous: self.snapshots.borrow()[n].clone(),
                directory: directory.clone(),
                stop: CancellationToken::new(),
            };
            let built = build(&job).await;
            let built = built.map_err(|error| format!("replica {}: {error}", self.number))?;
            if let Some(Built { snapshot, adoption }) = built {
                partitions.adopt(n, adoption);
                self.snapshots.borrow_mut()[n] = Some(snapshot);
            }
        }
        Ok(())
    }

    /// Claims a partition, as if its owner were silent.
    pub(super) fn claim(&self) {
        let Some((partitions, _)) = self.partitions() else {
            return;
        };
        let claim = Claimed {
            writer: Uuid::from_u128(self.number as u128),
            address: format!("replica-{}:8080", self.number),
        };
        let owner = partitions.owner(0);
        partitions.claim(0, &claim, owner.as_deref(), Reason::Silence);
    }

    /// Cuts it off for a while: nothing arrives, and it reads nothing new.
    pub(super) fn cut_off(&self, random: &mut Random, reads_after: Duration) {
        let mut network = self.network.network();
        let mut rates = self.plan.rates;
        rates.hold = 100;
        rates.lose = 0;
        rates.lose_report = 0;
        rates.repeat = 0;
        let mut delays = self.plan.delays;
        delays.read_max = reads_after;
        network.seed(random.next(), rates);
        network.delay(delays);
    }

    /// Ends that.
    pub(super) fn reconnect(&self, random: &mut Random) {
        let mut network = self.network.network();
        network.seed(random.next(), self.plan.rates);
        network.delay(self.plan.delays);
    }

    /// Whether its process is as it should be.
    pub(super) fn healthy(&self) -> Result<(), String> {
        let mut running = self.running.borrow_mut();
        running
            .as_mut()
            .map_or(Ok(()), |running| self.look(running))
    }

    fn look(&self, running: &mut Running) -> Result<(), String> {
        while let Some(ended) = running.tasks.try_join_next() {
            ended.map_err(|error| format!("replica {}: {error}", self.number))?;
        }
        if running.stop.is_cancelled() {
            return Ok(());
        }
        for (partition, way) in running.partitions.ways() {
            if let Way::Failed(why) = way {
                return Err(format!(
                    "replica {} can't read partition {partition} on: {why}",
                    self.number
                ));
            }
        }
        Ok(())
    }
}

/// A disk that needs to survive the process only, not the machine.
fn disk() -> (TempDir, Directory) {
    let disk = TempDir::new().expect("a directory");
    let directory = Directory::simulated(disk.path()).expect("a directory");
    (disk, directory)
}
