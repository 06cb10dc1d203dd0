//! The command API as a part of a process: started on a log, routed, stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use docket_event_log::{Log, LogId};
use docket_schemas::control::Claimed;
use docket_service::auth::Verifier;
use docket_service::config::{Check as _, ConfigError};
use docket_service::health::{Component, Health};
use docket_service::survey_link::SurveyLinks;
use docket_service::telemetry::Chain;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::CommandConfig;
use crate::forward::Forwarding;
use crate::forward::addressee::Signature;
use crate::http::attempts::Attempts;
use crate::http::{App, Shared, openapi, router};
use crate::partition::environment::Environment;
use crate::partition::{self, Partitions, Way};
use crate::snapshot::{Directory, Keeper};

/// Why the command API can't start or stop as it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting can't be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log can't be read.
    #[error("the log can't be read")]
    Log(#[from] docket_event_log::Error),
    /// Snapshots can't be kept where they should be.
    #[error("`command.snapshot_directory` can't be used: {}", path.display())]
    Snapshots {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Partitions can't be read on; each with its reason.
    #[error("the log can't be read to its end: {0}")]
    Partitions(String),
    /// Commands were still in flight when the time for a stop was up. What became of them, their
    /// senders learn by repeating them.
    #[error("commands were not settled within {waited_ms} ms; their senders were told to repeat")]
    StopTimedOut {
        /// How long it waited.
        waited_ms: u64,
    },
}

/// A running command API: a task for each partition of the log. Any number of them may run on one
/// log.
#[derive(Debug)]
pub struct CommandApi {
    log: LogId,
    partitions: Arc<Partitions>,
    config: Arc<CommandConfig>,
    forwarding: Option<Arc<Forwarding>>,
    /// Bulk requests take no more lines.
    closing: CancellationToken,
    /// Nothing takes a command any more.
    stop: CancellationToken,
    tasks: JoinSet<()>,
    caught_up: watch::Receiver<Option<Result<(), String>>>,
}

/// How often the partitions are looked after.
const LOOK: Duration = Duration::from_millis(500);
/// How often the lag is measured.
const MEASURE: Duration = Duration::from_secs(5);

impl CommandApi {
    /// Starts reading the log. Commands are answered 503 until it has been read to the end it had
    /// at the start ([`caught_up`](Self::caught_up)); `health` has it as component `command-api`.
    pub async fn start(log: Log, config: CommandConfig, health: &Health) -> Result<Self, Error> {
        config.check()?;
        let component = health.component("command-api");
        component.failing("reading the log");
        let stop = CancellationToken::new();
        let directory = snapshot_directory(&config)?;
        let environment = Environment::system();
        let started = partition::start(
            &log,
            &config,
            &environment,
            directory.as_ref(),
            stop.clone(),
        )
        .await?;
        let partitions = Arc::new(started.partitions);
        let forwarding = config.advertised.clone().map(|address| {
            let writer = Uuid::new_v4();
            let me = Claimed { writer, address };
            Arc::new(Forwarding::new(Log::clone(&log), &partitions, me))
        });
        let mut tasks = started.tasks;
        if let Some(directory) = directory {
            let keeper = Keeper::new(
                Log::clone(&log),
                Arc::clone(&partitions),
                directory,
                config.snapshot_records_min,
                started.snapshots,
                stop.clone(),
            );
            tasks.spawn(keeper.run());
        }
        let id = log.identity().log_id;
        let (tell, caught_up) = watch::channel(None);
        let owning = forwarding.clone();
        let review = Duration::from_millis(config.share_review_ms);
        let looking = Looking {
            partitions: Arc::clone(&partitions),
            component,
            stop: stop.clone(),
        };
        tasks.spawn(async move {
            for partition in started.caught_up {
                // An error is a task that failed, or was stopped: `look` says which.
                let _ = partition.await;
            }
            tell.send_replace(Some(looking.look()));
            let owning = async {
                if let Some(forwarding) = owning {
                    forwarding.owners.keep_share(review).await;
                }
            };
            tokio::join!(looking.run(), owning);
        });
        tasks.spawn(measure(Arc::clone(&partitions), log, stop.clone()));
        Ok(Self {
            log: id,
            partitions,
            config: Arc::new(config),
            forwarding,
            closing: CancellationToken::new(),
            stop,
            tasks,
            caught_up,
        })
    }

    /// Waits until the log has been read to its end.
    pub async fn caught_up(&self) -> Result<(), Error> {
        let mut caught_up = self.caught_up.clone();
        match caught_up.wait_for(Option::is_some).await {
            Ok(said) => match &*said {
                Some(Err(why)) => Err(Error::Partitions(why.clone())),
                _ => Ok(()),
            },
            Err(_) => Err(Error::Partitions("stopped".into())),
        }
    }

    /// The routes, for [`docket_service::server::api`]. Health and metrics are the process's.
    pub fn router(&self, verifier: Verifier, survey_links: SurveyLinks) -> Router {
        router(App::new(Shared {
            partitions: Arc::clone(&self.partitions),
            config: Arc::clone(&self.config),
            verifier,
            survey_links,
            survey_attempts: Attempts::per_hour(self.config.survey_attempts_per_hour),
            forwarding: self.forwarding.clone(),
            signature: Signature::of(self.log),
            closing: self.closing.clone(),
        }))
    }

    /// The OpenAPI 3.1 document, which can be merged with the query API's.
    pub fn openapi() -> utoipa::openapi::OpenApi {
        openapi::document()
    }

    /// The first part of a stop, for the time in which load balancers still send: gives its
    /// partitions to other replicas, and ends bulk requests with the lines that were taken when
    /// `unready` is over. Every command that comes is still executed, here or by its new owner.
    pub async fn leave(&self, unready: Duration) {
        let handing_over = async {
            if let Some(forwarding) = &self.forwarding {
                forwarding.owners.hand_over().await;
            }
        };
        let last_lines = async {
            sleep(unready).await;
            self.closing.cancel();
        };
        tokio::join!(handing_over, last_lines);
    }

    /// Takes no more commands, finishes those it has taken, and ends the tasks. After
    /// [`leave`](Self::leave), and when the edge has answered every request: then nobody is
    /// refused.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.closing.cancel();
        if let Some(forwarding) = &self.forwarding {
            forwarding.owners.leave();
        }
        self.stop.cancel();
        let waited_ms = self.config.stop_wait_ms;
        let all = async { while self.tasks.join_next().await.is_some() {} };
        timeout(Duration::from_millis(waited_ms), all)
            .await
            .map_err(|_| Error::StopTimedOut { waited_ms })
    }
}

/// Where snapshots are kept, if they are.
fn snapshot_directory(config: &CommandConfig) -> Result<Option<Directory>, Error> {
    let Some(path) = &config.snapshot_directory else {
        tracing::info!("no `command.snapshot_directory`: each start reads the whole log");
        return Ok(None);
    };
    let opened = Directory::open(path).map(Some);
    opened.map_err(|source| Error::Snapshots {
        path: path.clone(),
        source,
    })
}

/// Measures how far the partitions' tasks are behind the log's end, until the stop. Apart from
/// readiness, since a log that is away lets it wait for its answer.
async fn measure(partitions: Arc<Partitions>, log: Log, stop: CancellationToken) {
    let mut measurements = interval(MEASURE);
    measurements.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let measuring = async {
        let mut reachable = true;
        loop {
            measurements.tick().await;
            let measured = partitions.measure_lag(&log).await;
            partition::reachable(measured.is_ok());
            match &measured {
                Err(error) if reachable => {
                    tracing::warn!(error = %Chain(error), "the log can't be reached");
                }
                Ok(()) if !reachable => tracing::info!("the log can be reached again"),
                _ => {}
            }
            reachable = measured.is_ok();
        }
    };
    tokio::select! {
        () = measuring => {}
        () = stop.cancelled() => {}
    }
}

/// Looks after the partitions for readiness.
struct Looking {
    partitions: Arc<Partitions>,
    component: Component,
    stop: CancellationToken,
}

impl Looking {
    async fn run(self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = self.stop.cancelled() => return self.component.failing("stopping"),
            }
            // One that failed shows in readiness, and the others go on.
            let _ = self.look();
        }
    }

    /// Tells readiness how the partitions are.
    fn look(&self) -> Result<(), String> {
        let reasons: Vec<String> = self
            .partitions
            .ways()
            .filter_map(|(partition, way)| match way {
                // No other replica would fare better: readiness stays.
                Way::Open | Way::Stalled => None,
                Way::Starting => Some(format!("partition {partition} is being read")),
                Way::Failed(why) => Some(format!("partition {partition}: {why}")),
            })
            .collect();
        if reasons.is_empty() {
            self.component.ok();
            Ok(())
        } else {
            let why = reasons.join("; ");
            self.component.failing(why.as_str());
            Err(why)
        }
    }
}
