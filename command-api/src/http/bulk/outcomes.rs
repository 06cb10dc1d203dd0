//! Outcomes of lines: written in the lines' order, as they become known.

use axum::body::Bytes;
use docket_domain::stream::StreamId;
use docket_service::problem::ProblemDocument;
use http::StatusCode;
use serde::Serialize;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use utoipa::ToSchema;

use super::super::answer::StreamMembers;
use super::super::figures::{self, Timer};
use super::super::position;
use super::super::rejections::{Reply, unknown};
use super::super::request::creates;
use super::lane::{OwnersWords, Told};
use super::line::Checked;
use crate::forward::Here;
use crate::partition::Waiting;
use crate::partition::command::{Answer, Outcomed};

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkOutcome {
    /// The line's number, from 1; empty lines count, but have no outcome.
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    #[serde(flatten)]
    stream: StreamMembers,
    /// The HTTP status that the single command would have had.
    status: u16,
    /// `applied`, `unchanged`, `rejected`, `invalid`, or `unavailable`: send the line again.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemDocument>)]
    problem: Option<serde_json::Value>,
}

/// A line on its way.
pub(super) struct Sent {
    pub(super) line: u64,
    pub(super) key: Option<String>,
    pub(super) stream: Option<StreamId>,
    pub(super) creates: bool,
    pub(super) timer: Timer,
    pub(super) state: Sending,
}

pub(super) enum Sending {
    /// Its partition has it here.
    Queued(Waiting, Here),
    /// It is on its way to its partition's owner.
    Forwarded(oneshot::Receiver<Told>),
    /// It is answered.
    Answered(Reply),
    /// It is answered, in the owner's words.
    There(OwnersWords),
}

/// Bytes of outcomes gathered into one chunk of the response, if so many are ready.
const CHUNK_BYTES: usize = 16 << 10;

/// Writes outcomes in the lines' order, as they become known.
pub(super) struct Outcomes {
    sent: mpsc::Receiver<Sent>,
    /// Taken from the channel, but not answered yet.
    next: Option<Sent>,
}

impl Outcomes {
    pub(super) fn new(sent: mpsc::Receiver<Sent>) -> Self {
        Self { sent, next: None }
    }

    /// Waits for one outcome and takes along those that are ready with it.
    pub(super) async fn next_chunk(&mut self) -> Option<Bytes> {
        let mut first = match self.next.take() {
            Some(sent) => sent,
            None => self.sent.recv().await?,
        };
        let mut chunk = Vec::with_capacity(CHUNK_BYTES + 1024);
        first.settle().await;
        first.write(&mut chunk);
        while chunk.len() < CHUNK_BYTES
            && let Ok(mut sent) = self.sent.try_recv()
        {
            if !sent.is_settled() {
                self.next = Some(sent);
                break;
            }
            sent.write(&mut chunk);
        }
        Some(chunk.into())
    }
}

impl Sent {
    /// A line of which nothing is known yet.
    pub(super) fn new(line: u64, timer: Timer) -> Self {
        Self {
            line,
            key: None,
            stream: None,
            creates: false,
            timer,
            state: Sending::Answered(Reply::Unavailable(unknown())),
        }
    }

    /// Notes what the line turned out to be about.
    pub(super) fn of(&mut self, checked: &Checked) {
        self.stream = Some(checked.addressed.stream());
        self.creates = creates(checked.addressed.name());
    }

    /// Waits for its answer.
    async fn settle(&mut self) {
        loop {
            self.state = match &mut self.state {
                Sending::Queued(waiting, here) => answered(waiting.await.ok(), *here),
                Sending::Forwarded(told) => of_told(told.await.ok()),
                Sending::Answered(_) | Sending::There(_) => return,
            };
        }
    }

    /// Whether its answer is there already.
    fn is_settled(&mut self) -> bool {
        loop {
            self.state = match &mut self.state {
                Sending::Queued(waiting, here) => match waiting.try_recv() {
                    Err(TryRecvError::Empty) => return false,
                    answer => answered(answer.ok(), *here),
                },
                Sending::Forwarded(told) => match told.try_recv() {
                    Err(TryRecvError::Empty) => return false,
                    told => of_told(told.ok()),
                },
                Sending::Answered(_) | Sending::There(_) => return true,
            };
        }
    }

    /// Its outcome, once it is settled.
    fn write(mut self, chunk: &mut Vec<u8>) {
        let placeholder = Sending::Answered(Reply::Unavailable(unknown()));
        match std::mem::replace(&mut self.state, placeholder) {
            Sending::There(words) => words.write(self.line, chunk),
            Sending::Answered(reply) => self.outcome(reply).write(chunk),
            Sending::Queued(..) | Sending::Forwarded(_) => {}
        }
    }

    fn outcome(self, reply: Reply) -> BulkOutcome {
        self.timer.stop(figures::outcome(&reply));
        let mut outcome = BulkOutcome {
            line: self.line,
            idempotency_key: self.key,
            stream: self.stream.map(StreamMembers::from).unwrap_or_default(),
            status: 200,
            outcome: "applied",
            version: None,
            number: None,
            position: None,
            problem: None,
        };
        let (word, problem) = match reply {
            Reply::Done {
                outcomed, applied, ..
            } => {
                if self.creates && applied {
                    outcome.status = StatusCode::CREATED.as_u16();
                }
                outcome.told(&outcomed);
                (if applied { "applied" } else { "unchanged" }, None)
            }
            Reply::Rejected { outcomed, problem } => {
                outcome.told(&outcomed);
                ("rejected", Some(problem))
            }
            Reply::Invalid(problem) => ("invalid", Some(problem)),
            Reply::Unavailable(problem) => ("unavailable", Some(problem)),
        };
        outcome.outcome = word;
        if let Some(problem) = problem {
            outcome.status = problem.status().as_u16();
            outcome.problem = Some(problem.to_json());
        }
        outcome
    }
}

/// `None`: the task is gone, and what it had in flight may still happen.
fn answered(answer: Option<Answer>, here: Here) -> Sending {
    let reply = answer.map_or_else(|| Reply::Unavailable(unknown()), Reply::from);
    Sending::Answered(reply.after_forward(here))
}

fn of_told(told: Option<Told>) -> Sending {
    match told {
        Some(Told::There(words)) => Sending::There(words),
        Some(Told::Here(Ok(waiting), here)) => Sending::Queued(waiting, here),
        Some(Told::Here(Err(reply), here)) => Sending::Answered(reply.after_forward(here)),
        None => Sending::Answered(Reply::Unavailable(unknown())),
    }
}

impl BulkOutcome {
    /// What the log tells.
    fn told(&mut self, outcomed: &Outcomed) {
        self.version = Some(outcomed.version);
        self.number = outcomed.number.map(|number| number.to_string());
        self.position = Some(position(outcomed));
    }

    fn write(&self, chunk: &mut Vec<u8>) {
        // Texts and numbers into memory: it can't fail.
        if serde_json::to_writer(&mut *chunk, self).is_ok() {
            chunk.push(b'\n');
        }
    }
}
