//! The router at work: reads, decides, sends, hears what became of it.
//!
//! Guarantee: nothing is sent before the log has been read to the end it had at the start. A log
//! or a command API that is away is waited for; a log that can't be read on stops the router with
//! an alarm, and nothing else.

use std::time::Duration;

use docket_domain::Timestamp;
use docket_domain::ids::RouterId;
use docket_event_log::{Error, Log};
use docket_schemas::ticket::DecisionV1;
use docket_service::Shutdown;
use docket_service::health::{Component, Health};
use docket_service::telemetry::Chain;
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::RouterConfig;
use super::figures::Figures;
use super::plan::{Intent, Plan, What};
use crate::commands::{Answer, Command, Sender};
use crate::fact::Told;
use crate::tail::{Batch, Tail};

/// How long a stop waits for the answers to what was sent.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// However quiet it is, figures are told so often.
const QUIET_MAX: Duration = Duration::from_secs(1);

/// A router at work.
#[derive(Debug)]
pub struct Handle {
    task: JoinHandle<()>,
}

impl Handle {
    /// Waits until it has ended, as it does after shutdown.
    pub async fn stopped(self) {
        if let Err(failure) = self.task.await {
            tracing::error!(error = %failure, "the router's task panicked");
        }
    }
}

/// Routes the tickets of that log until `shutdown`. Returns at once; how it is doing shows in the
/// health's component `router`.
pub fn start(
    log: Log,
    config: &RouterConfig,
    sender: Sender,
    health: &Health,
    shutdown: &Shutdown,
) -> Handle {
    let component = health.component("router");
    component.failing("reading the log");
    let router = RouterId(Uuid::new_v4());
    let zones = Box::new(|name: &str| TimeZone::get(name).ok());
    let partitions = log.identity().partitions;
    let (answered, answers) = mpsc::unbounded_channel();
    let router = Router {
        plan: Plan::new(router, config.settings(), partitions, zones),
        sender,
        sending: JoinSet::new(),
        answered,
        answers,
        figures: Figures::new(),
        component,
    };
    Handle {
        task: tokio::spawn(router.run(log, shutdown.token())),
    }
}

/// A command and what became of it.
struct Answered {
    intent: Sent,
    answer: Answer,
}

/// A command that was sent.
struct Sent {
    intent: Intent,
    command: Command,
}

struct Router {
    plan: Plan,
    sender: Sender,
    sending: JoinSet<()>,
    answered: mpsc::UnboundedSender<Answered>,
    answers: mpsc::UnboundedReceiver<Answered>,
    figures: Figures,
    component: Component,
}

impl Router {
    async fn run(mut self, log: Log, shutdown: CancellationToken) {
        let ended = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            ended = self.route(&log) => ended,
        };
        if let Err(error) = ended {
            let error = Chain(&error).to_string();
            tracing::error!(error, "the router has stopped");
            self.component.failing(error);
        }
        // What was sent is done or not, whoever waits for it; but a clean end knows.
        let last = async { while self.sending.join_next().await.is_some() {} };
        let _ = timeout(LAST_ANSWERS, last).await;
    }

    async fn route(&mut self, log: &Log) -> Result<(), Error> {
        let mut tail = self.open(log).await?;
        while !tail.has_caught_up() {
            let batch = tail.next().await?;
            self.read(&batch);
            self.plan.catch_up(Timestamp::now());
        }
        let (tickets, open) = self.plan.world.count();
        tracing::info!(tickets, open, router = %self.plan.router, "the router has read the log");
        self.component.ok();
        loop {
            let more = self.step();
            self.figures.tell(&self.plan);
            let wait = if more { Duration::ZERO } else { self.wait() };
            tokio::select! {
                biased;
                batch = tail.next() => self.read(&batch?),
                Some(answered) = self.answers.recv() => self.answered(answered),
                () = sleep(wait) => {}
            }
            while let Ok(answered) = self.answers.try_recv() {
                self.answered(answered);
            }
        }
    }

    async fn open(&self, log: &Log) -> Result<Tail, Error> {
        let mut pause = PAUSE_MIN;
        loop {
            match Tail::open(log).await {
                Err(error @ Error::Unavailable { .. }) => {
                    self.component.failing(Chain(&error).to_string());
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                opened => return opened,
            }
        }
    }

    fn read(&mut self, batch: &Batch) {
        for record in &batch.records {
            self.plan.read(&Told::of(batch.partition, record));
        }
    }

    /// Until the next timer.
    fn wait(&self) -> Duration {
        let until = |at: Timestamp| at.duration_since(Timestamp::now());
        let next = self.plan.next_timer().map(until);
        next.map_or(QUIET_MAX, |wait| {
            Duration::try_from(wait).unwrap_or_default().min(QUIET_MAX)
        })
    }

    /// Whether there is more to do at once.
    fn step(&mut self) -> bool {
        let timer = self.figures.step();
        let step = self.plan.step(Timestamp::now());
        timer.took(&step);
        for intent in step.intents {
            let command = command(&intent);
            self.send(Sent { intent, command });
        }
        step.more
    }

    fn send(&mut self, intent: Sent) {
        // Ends of tasks are only of interest at the end.
        while self.sending.try_join_next().is_some() {}
        let (sender, answered) = (self.sender.clone(), self.answered.clone());
        self.sending.spawn(async move {
            let answer = sender.send(&intent.command).await;
            // Nobody hears it only when the router has stopped.
            let _ = answered.send(Answered { intent, answer });
        });
    }

    fn answered(&mut self, Answered { intent, answer }: Answered) {
        let (ticket, version) = (intent.intent.ticket, intent.intent.version);
        Figures::answered(&intent.intent.what, &answer);
        match answer {
            Answer::Done { version: now } if now > version => self.component.ok(),
            // So it was already, at the version that it wasn't so at.
            Answer::Done { .. } => self.plan.refused(Timestamp::now(), ticket, version),
            Answer::Refused { status, detail } => {
                tracing::debug!(%ticket, status, detail, "refused: the log will say why");
                self.component.ok();
                self.plan.refused(Timestamp::now(), ticket, version);
            }
            Answer::Barred { detail } => {
                tracing::error!(%ticket, detail, "the router's token is not accepted");
                self.component
                    .failing(format!("its token is not accepted: {detail}"));
                self.plan.refused(Timestamp::now(), ticket, version);
            }
            Answer::Unknown { detail } => {
                self.component
                    .failing(format!("no command API answers: {detail}"));
                if self.plan.is_wanted(ticket, version) {
                    self.send(intent);
                }
            }
        }
    }
}

/// As the command API takes it. The key is the same whichever router sends it.
fn command(intent: &Intent) -> Command {
    let (name, body) = match &intent.what {
        What::Assign {
            consultant,
            decision,
        } => (
            "assign",
            json!({"consultant": consultant.0, "decision": DecisionV1::from(&**decision)}),
        ),
        What::TakeBack { reason } => ("unassign", json!({"reason": reason.as_str()})),
    };
    let Intent {
        ticket,
        version,
        repeat,
        ..
    } = intent;
    let again = if *repeat > 0 {
        format!("-{repeat}")
    } else {
        String::new()
    };
    Command {
        path: format!("v1/tickets/{ticket}/{name}"),
        key: format!("router-{ticket}-{version}{again}"),
        version: *version,
        body: body.to_string().into_bytes().into(),
    }
}
