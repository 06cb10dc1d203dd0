//! The loop: reads, lets the process manager step, sends, hears what became of it.

use std::panic::resume_unwind;
use std::time::Duration;

use docket_domain::Timestamp;
use docket_event_log::{Error, Log};
use docket_service::health::Component;
use docket_service::telemetry::Chain;
use metrics::{counter, gauge};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::barred::Barred;
use super::{Manager, Step, stopped};
use crate::commands::{Answer, Command, Sender};
use crate::fact::Told;
use crate::tail::{Batch, Tail};

/// How long a stop waits for the answers to what was sent.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// However quiet it is, figures and health are told so often.
const QUIET_MAX: Duration = Duration::from_secs(1);

struct Work<M: Manager> {
    manager: M,
    sender: Sender,
    sending: JoinSet<Answered<M::Intent>>,
    component: Component,
    barred: Option<Barred<M::Intent>>,
    /// Why the last command that was answered nothing was answered nothing.
    unanswered: Option<String>,
}

/// A command that was sent, and what became of it.
struct Answered<I> {
    intent: I,
    command: Command,
    is_attempt: bool,
    answer: Answer,
}

/// Works until the end is asked for, or the log can't be read on.
pub(super) async fn work<M: Manager>(
    manager: M,
    log: Log,
    sender: Sender,
    component: Component,
    shutdown: CancellationToken,
) {
    let mut work = Work {
        manager,
        sender,
        sending: JoinSet::new(),
        component,
        barred: None,
        unanswered: None,
    };
    let ended = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        ended = work.run(&log) => ended,
    };
    if let Err(error) = ended {
        let error = Chain(&error).to_string();
        tracing::error!(manager = M::NAME, error, "the process manager has stopped");
        work.component.failing(error);
        stopped::<M>(true);
    }
    // What was sent is done or not, whoever waits for it; but a clean end knows.
    let last = async { while work.sending.join_next().await.is_some() {} };
    let _ = timeout(LAST_ANSWERS, last).await;
}

impl<M: Manager> Work<M> {
    async fn run(&mut self, log: &Log) -> Result<(), Error> {
        let mut tail = open(log, &self.component).await?;
        let mut began = false;
        loop {
            let mut wait = QUIET_MAX;
            if let Some(at) = tail.complete_until() {
                self.manager.complete_until(at);
                if !began {
                    tracing::info!(manager = M::NAME, "the process manager has read the log");
                    began = true;
                }
                wait = self.step().min(QUIET_MAX);
            } else {
                self.manager.catch_up(Timestamp::now());
            }
            self.tell(&tail);
            tokio::select! {
                biased;
                batch = tail.next() => self.read(batch?),
                Some(answered) = self.sending.join_next() => self.answered(answered),
                () = sleep(wait) => {}
            }
            while let Some(answered) = self.sending.try_join_next() {
                self.answered(answered);
            }
        }
    }

    fn read(&mut self, batch: Option<Batch>) {
        let now = Timestamp::now();
        let Some(Batch {
            partition, records, ..
        }) = batch
        else {
            return;
        };
        for record in &records {
            self.manager.read(now, &Told::of(partition, record));
        }
    }

    /// How long there is nothing more to do.
    fn step(&mut self) -> Duration {
        let now = Timestamp::now();
        if let Some(barred) = &mut self.barred {
            self.manager.catch_up(now);
            match barred.attempt(|intent| self.manager.is_wanted(intent)) {
                Ok(Some(intent)) => self.send(M::command(&intent).anew(), intent, true),
                Ok(None) => {}
                Err(()) => self.barred = None,
            }
            let waits = self.barred.as_ref().map(Barred::wait);
            return waits.map_or(Duration::ZERO, |wait| wait.unwrap_or(QUIET_MAX));
        }
        let Step { intents, more } = self.manager.step(now);
        for intent in intents {
            self.send(M::command(&intent), intent, false);
        }
        if more {
            return Duration::ZERO;
        }
        let next = self.manager.next_timer();
        let until = next.map(|at| at.duration_since(Timestamp::now()));
        until.map_or(QUIET_MAX, |wait| wait.try_into().unwrap_or_default())
    }

    fn send(&mut self, command: Command, intent: M::Intent, is_attempt: bool) {
        let sender = self.sender.clone();
        self.sending.spawn(async move {
            let answer = sender.send(&command).await;
            Answered {
                intent,
                command,
                is_attempt,
                answer,
            }
        });
    }

    fn answered(&mut self, answered: Result<Answered<M::Intent>, JoinError>) {
        let Answered {
            intent,
            command,
            is_attempt,
            answer,
        } = answered.unwrap_or_else(|failure| resume_unwind(failure.into_panic()));
        count::<M>(&command, &answer);
        let now = Timestamp::now();
        if !matches!(answer, Answer::Unknown { .. }) {
            self.unanswered = None;
        }
        if is_attempt && matches!(answer, Answer::Done { .. } | Answer::Refused { .. }) {
            self.release();
        }
        match answer {
            Answer::Done { version } if version > command.version => {}
            // So it was already, at the version that it wasn't so at.
            Answer::Done { .. } => self.manager.refused(now, &intent),
            Answer::Refused { status, detail } => {
                let path = &command.path;
                tracing::debug!(
                    manager = M::NAME,
                    path,
                    status,
                    detail,
                    "refused: the log will say why"
                );
                self.manager.refused(now, &intent);
            }
            Answer::Barred { detail } => self.barred(detail, intent, is_attempt),
            Answer::Unknown { detail } => {
                self.unanswered = Some(detail);
                if self.manager.is_wanted(&intent) {
                    self.send(command, intent, is_attempt);
                } else if is_attempt {
                    // Whoever made it unwanted is let in.
                    self.release();
                }
            }
        }
    }

    fn barred(&mut self, detail: String, intent: M::Intent, is_attempt: bool) {
        let barred = self.barred.get_or_insert_with(|| {
            tracing::error!(manager = M::NAME, detail, "the token is not accepted");
            Barred::new(detail.clone())
        });
        barred.detail = detail;
        if is_attempt {
            barred.again(intent);
        } else {
            barred.hold(intent);
        }
    }

    fn release(&mut self) {
        let held = self.barred.take().map(Barred::released);
        for intent in held.into_iter().flatten() {
            if self.manager.is_wanted(&intent) {
                self.send(M::command(&intent).anew(), intent, false);
            }
        }
    }

    fn tell(&self, tail: &Tail) {
        self.manager.tell();
        let in_flight = self.sending.len() as f64;
        gauge!("docket_process_manager_in_flight_commands", "manager" => M::NAME).set(in_flight);
        for (partition, lag) in tail.lag().enumerate() {
            let partition = partition.to_string();
            gauge!("docket_process_manager_lag_records", "manager" => M::NAME, "partition" => partition)
                .set(lag as f64);
        }
        match self.trouble(tail) {
            Some(trouble) => self.component.failing(trouble),
            None => self.component.ok(),
        }
    }

    /// What keeps it from working, as far as it shows now: nothing is remembered.
    fn trouble(&self, tail: &Tail) -> Option<String> {
        if let Some(why) = tail.away() {
            return Some(format!("the log can't be read: {why}"));
        }
        if tail.complete_until().is_none() {
            return Some("reading the log".into());
        }
        if let Some(barred) = &self.barred {
            let detail = &barred.detail;
            return Some(format!(
                "its token is not accepted, so nothing is sent: {detail}"
            ));
        }
        let why = self.unanswered.as_ref()?;
        (!self.sending.is_empty()).then(|| format!("no command API answers: {why}"))
    }
}

async fn open(log: &Log, component: &Component) -> Result<Tail, Error> {
    let mut pause = PAUSE_MIN;
    loop {
        match Tail::open(log).await {
            Err(error @ Error::Unavailable { .. }) => {
                component.failing(Chain(&error).to_string());
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
            opened => return opened,
        }
    }
}

fn count<M: Manager>(command: &Command, answer: &Answer) {
    let name = command.path.rsplit('/').next().unwrap_or_default();
    let outcome = match answer {
        Answer::Done { .. } => "done",
        Answer::Refused { .. } => "refused",
        Answer::Barred { .. } => "barred",
        Answer::Unknown { .. } => "unknown",
    };
    counter!(
        "docket_process_manager_commands_total",
        "manager" => M::NAME, "command" => name.to_owned(), "outcome" => outcome
    )
    .increment(1);
}
