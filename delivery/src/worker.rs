//! The worker's tasks: one takes notifications in, one per target sends, one counts and tidies up.
//!
//! Guarantee: targets share nothing but the database, so what one of them waits for no other waits
//! for; what was sent is noted, however long the database is down, before anything is sent again; after
//! shutdown nothing new is begun, and what was begun is finished and noted.

use std::sync::Arc;
use std::time::Duration;

use docket_service::health::{Component, Health};
use docket_service::shutdown::Shutdown;
use docket_service::survey_link::SurveyLinks;
use docket_service::telemetry::Chain;
use metrics::counter;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use crate::Error;
use crate::config::DeliveryConfig;
use crate::invitation::Invitations;
use crate::outage::Outage;
use crate::queue::{Job, Outcome, Queue, WORK_TIMEOUTS};
use crate::target::{self, Means, Target};
use crate::text::Texts;

const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How long a worker that is to stop goes on trying to note an outcome.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
const TIDY_INTERVAL: Duration = Duration::from_secs(15);

/// A worker that runs.
#[derive(Debug)]
pub struct Worker {
    task: JoinHandle<()>,
}

/// What all tasks share.
struct Shared {
    means: Means,
    health: Component,
    outage: Outage,
    shutdown: Shutdown,
}

impl Worker {
    pub(crate) fn start(
        config: DeliveryConfig,
        links: SurveyLinks,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let targets = Target::all(&config)?;
        let shared = Arc::new(Shared {
            outage: Outage::new(Duration::from_millis(config.connect_timeout_ms)),
            means: Means {
                texts: Texts::load(&config)?,
                invitations: Invitations::new(&config, links)?,
                config,
            },
            health: health.component("delivery"),
            shutdown: shutdown.clone(),
        });
        Ok(Self {
            task: tokio::spawn(run(shared, targets)),
        })
    }

    /// Waits until everything that was begun is finished, as it is after shutdown.
    pub async fn stopped(self) {
        if let Err(failure) = self.task.await {
            error!(error = %failure, "the delivery worker panicked");
        }
    }
}

async fn run(shared: Arc<Shared>, targets: Vec<(String, Target)>) {
    let Some(queue) = shared.open().await else {
        return;
    };
    let names: Vec<String> = targets.iter().map(|(name, _)| name.clone()).collect();
    let mut tasks = JoinSet::new();
    tasks.spawn(take_in(Arc::clone(&shared), queue.clone()));
    tasks.spawn(tidy_up(Arc::clone(&shared), queue.clone(), names));
    for (name, target) in targets {
        let sender = Sender {
            shared: Arc::clone(&shared),
            queue: queue.clone(),
            name,
            target,
        };
        tasks.spawn(send_all(Arc::new(sender)));
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(failure) = ended {
            error!(error = %failure, "a task of the delivery worker panicked");
            shared
                .health
                .failing("a task panicked; start the worker again");
        }
    }
}

impl Shared {
    /// The tables, as soon as there is a database to make them in; from then on everybody is told of
    /// what happens.
    async fn open(&self) -> Option<Queue> {
        let mut pause = PAUSE_MIN;
        while !self.shutdown.is_requested() {
            match self.try_open().await {
                Ok(queue) => return Some(queue),
                Err(failure) => self.health.failing(Chain(&failure).to_string()),
            }
            self.rest(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        None
    }

    async fn try_open(&self) -> Result<Queue, Error> {
        let queue = Queue::open(&self.means.config).await?;
        queue.open_audiences(&self.means.config).await?;
        // This worker may know a way where the last one knew none.
        queue.ask_again().await?;
        Ok(queue)
    }

    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = self.shutdown.requested() => {}
            () = sleep(pause) => {}
        }
    }

    /// What comes of the work within so many times the time for a connection. A database that vanishes
    /// without a word (frozen, cut off) would never end it, nor fail.
    async fn within<T>(
        &self,
        timeouts: u32,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let timeout = Duration::from_millis(self.means.config.connect_timeout_ms);
        let done = tokio::time::timeout(timeout * timeouts, work).await;
        done.unwrap_or_else(|elapsed| Err(std::io::Error::from(elapsed).into()))
    }

    fn database_failed(&self, failure: &sqlx::Error) {
        self.outage.seen();
        self.health.failing(Chain(failure).to_string());
    }
}

/// Takes notifications in and finds ways for them. It alone says that the worker is well: what keeps
/// it from the database keeps the others, too.
async fn take_in(shared: Arc<Shared>, queue: Queue) {
    let config = &shared.means.config;
    let mut pause = PAUSE_MIN;
    while !shared.shutdown.is_requested() {
        let worked = async {
            let taken = queue.take(config).await?;
            let routed = queue.route(config).await?;
            Ok::<_, sqlx::Error>(taken || routed)
        };
        match shared.within(WORK_TIMEOUTS, worked).await {
            Ok(more) => {
                shared.health.ok();
                shared.outage.over();
                pause = PAUSE_MIN;
                if !more {
                    shared.rest(config.poll_interval()).await;
                }
            }
            Err(failure) => {
                shared.database_failed(&failure);
                shared.rest(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

/// Counts, forgets what ended long ago, and takes back what goes a way that isn't served any more.
async fn tidy_up(shared: Arc<Shared>, queue: Queue, served: Vec<String>) {
    let keep = Duration::from_millis(shared.means.config.keep_ms);
    while !shared.shutdown.is_requested() {
        let done = async {
            queue.measure(&served).await?;
            queue.leave_unserved_ways(&served).await?;
            queue.forget(keep).await
        };
        // Whatever keeps us from the database shows in the health.
        if shared.within(WORK_TIMEOUTS, done).await.is_err() {
            shared.outage.seen();
        }
        shared.rest(TIDY_INTERVAL).await;
    }
}

/// One target's way out.
struct Sender {
    shared: Arc<Shared>,
    queue: Queue,
    name: String,
    target: Target,
}

/// Sends what is due for one target, so many at once.
async fn send_all(sender: Arc<Sender>) {
    let shared = &sender.shared;
    let config = &shared.means.config;
    let mut under_way = JoinSet::new();
    while !shared.shutdown.is_requested() {
        let free = config.concurrency - under_way.len();
        if free > 0 && !shared.outage.is_settling() {
            let claimed = sender.queue.claim(&sender.name, free);
            match shared.within(WORK_TIMEOUTS, claimed).await {
                Ok(jobs) => {
                    for job in jobs {
                        under_way.spawn(Arc::clone(&sender).deliver(job));
                    }
                }
                Err(failure) => shared.database_failed(&failure),
            }
        }
        tokio::select! {
            () = shared.shutdown.requested() => {}
            _ = under_way.join_next(), if !under_way.is_empty() => {}
            () = sleep(config.poll_interval()), if free > 0 => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

impl Sender {
    /// One attempt, from its begin until what became of it is noted.
    async fn deliver(self: Arc<Self>, job: Job) {
        let (sender, mine) = (Arc::clone(&self), job.clone());
        let attempt = async move { sender.target.attempt(&mine, &sender.shared.means).await };
        // A task of its own, so that a panic is an outcome as well.
        let outcome = match tokio::spawn(attempt).await {
            Ok(outcome) => outcome,
            Err(failure) => target::broken(&failure),
        };
        self.note(&job, &outcome).await;
    }

    /// Notes an attempt's outcome, trying for as long as the database is down: forgotten, it would be
    /// sent again. Only a worker that is to stop gives up, after the time that is left to it.
    async fn note(&self, job: &Job, outcome: &Outcome) {
        let shared = &self.shared;
        let mut pause = PAUSE_MIN;
        let mut stopping_since = None;
        loop {
            // So soon that it is noted before anybody claims again.
            match shared.within(1, self.queue.finish(job, outcome)).await {
                Ok(state) => return self.tell(job, outcome, state),
                Err(failure) => shared.database_failed(&failure),
            }
            if shared.shutdown.is_requested() {
                let since = stopping_since.get_or_insert_with(Instant::now);
                if since.elapsed() > GIVE_UP_AFTER {
                    error!(delivery = %job.id, target = self.name, ?outcome, "an outcome could not be noted");
                    return;
                }
            }
            pause = (pause * 2).min(shared.outage.pause_max());
            sleep(pause).await;
        }
    }

    fn tell(&self, job: &Job, outcome: &Outcome, state: &'static str) {
        let target = self.name.clone();
        counter!("docket_delivery_attempts_total", "target" => target, "state" => state)
            .increment(1);
        if let Outcome::Failed(failure) = outcome {
            let (why, attempt) = (&failure.why, job.attempts);
            warn!(delivery = %job.id, target = self.name, attempt, state, why, "not delivered");
        }
    }
}
