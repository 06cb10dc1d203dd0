//! Outcomes of lines: written in the lines' order, as they become known.

use axum::body::Bytes;
use docket_domain::ids::TicketId;
use docket_service::problem::ProblemDocument;
use http::StatusCode;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::sync::oneshot::error::TryRecvError;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::figures::{self, Timer};
use super::super::position;
use super::super::rejections::{Reply, unknown};
use crate::partition::Waiting;
use crate::partition::command::Outcomed;

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkOutcome {
    /// The line's number, from 1; empty lines count, but have no outcome.
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Uuid>,
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
    pub(super) ticket: Option<TicketId>,
    pub(super) opens: bool,
    pub(super) timer: Timer,
    pub(super) state: Sending,
}

pub(super) enum Sending {
    /// Its partition has it.
    Queued(Waiting),
    /// It was answered without the log.
    Answered(Reply),
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
        let first = match self.next.take() {
            Some(sent) => sent,
            None => self.sent.recv().await?,
        };
        let mut chunk = Vec::with_capacity(CHUNK_BYTES + 1024);
        first.settled().await.write(&mut chunk);
        while chunk.len() < CHUNK_BYTES
            && let Ok(sent) = self.sent.try_recv()
        {
            match sent.settled_now() {
                Ok(outcome) => outcome.write(&mut chunk),
                Err(sent) => {
                    self.next = Some(*sent);
                    break;
                }
            }
        }
        Some(chunk.into())
    }
}

impl Sent {
    async fn settled(mut self) -> BulkOutcome {
        let reply = match self.state {
            Sending::Answered(reply) => reply,
            Sending::Queued(waiting) => waiting
                .await
                .map_or_else(|_| Reply::Unavailable(unknown()), Reply::from),
        };
        self.state = Sending::Answered(Reply::Unavailable(unknown()));
        self.outcome(reply)
    }

    /// The outcome, if it is there already.
    fn settled_now(mut self) -> Result<BulkOutcome, Box<Self>> {
        if let Sending::Queued(waiting) = &mut self.state {
            match waiting.try_recv() {
                Ok(answer) => self.state = Sending::Answered(Reply::from(answer)),
                Err(TryRecvError::Empty) => {
                    return Err(Box::new(self));
                }
                Err(TryRecvError::Closed) => {
                    self.state = Sending::Answered(Reply::Unavailable(unknown()));
                }
            }
        }
        let placeholder = Sending::Answered(Reply::Unavailable(unknown()));
        match std::mem::replace(&mut self.state, placeholder) {
            Sending::Answered(reply) => Ok(self.outcome(reply)),
            Sending::Queued(_) => Err(Box::new(self)),
        }
    }

    fn outcome(self, reply: Reply) -> BulkOutcome {
        self.timer.stop(figures::outcome(&reply));
        let mut outcome = BulkOutcome {
            line: self.line,
            idempotency_key: self.key,
            ticket: self.ticket.map(|ticket| ticket.0),
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
                if self.opens && applied {
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
