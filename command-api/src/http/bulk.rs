//! `POST /v1/commands`: commands as NDJSON, one outcome line per input line, in input order.
//!
//! Both ways are streams: at most a window of lines is in flight, the rest stays with the sender.
//! Lines are queued one after the other, so those of one ticket are executed in their order. A bad
//! line is answered and the others go on. A sender that goes away stops the reading; what was
//! queued is done.

use std::collections::HashMap;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use docket_domain::ids::TicketId;
use docket_domain::{Actor, CommandName, Role};
use docket_service::auth::Caller;
use docket_service::problem::{Problem, ProblemDocument};
use docket_service::telemetry::TraceContext;
use futures::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;

use super::figures::{self, Timer};
use super::headers::NDJSON;
use super::lines::{Line, Lines};
use super::rejections::{Reply, unknown};
use super::request::{Incoming, actor, request};
use super::single::of_bad_body;
use super::{App, headers, position};
use crate::partition::command::NotDone;
use crate::partition::{Turned, Waiting};
use crate::wire::{BODY, BadBody, Fault, Stated, tolerant};

/// One line of a bulk request.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BulkLine {
    /// `open`, or any command of a ticket.
    #[schema(required = true)]
    command: Option<String>,
    /// The ticket; for `open` only an importer or a service may choose it.
    ticket: Option<Uuid>,
    /// Names the command, so that the line can be sent again; see `Idempotency-Key`.
    #[schema(required = true, min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// When it happened; see `Docket-Occurred-At`.
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<Timestamp>,
    /// The line's place in the history of the system it comes from, rising per ticket; only for
    /// importers and services. What the ticket has seen already is not done again, ever.
    source_sequence: Option<u64>,
    /// The ticket's version that the sender decided on; see `If-Match`.
    if_match: Option<u32>,
    /// The same as of the single command.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
}

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
struct Sent {
    line: u64,
    key: Option<String>,
    ticket: Option<TicketId>,
    opens: bool,
    timer: Timer,
    state: Sending,
}

enum Sending {
    /// Its partition has it.
    Queued(Waiting),
    /// It was answered without the log.
    Answered(Reply),
}

/// The handler.
pub(super) async fn bulk(
    State(app): State<App>,
    caller: Caller,
    trace: TraceContext,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let actor = actor(&caller)?;
    headers::expect_ndjson(&headers)?;
    let (sender, receiver) = mpsc::channel(app.config.bulk_window_lines);
    let lines = Lines::new(body, app.config.bulk_line_bytes_max);
    let queueing = Queueing {
        caller,
        actor,
        traceparent: trace.to_string(),
        app,
        turned_away: HashMap::new(),
    };
    tokio::spawn(queueing.run(lines, sender));
    let outcomes = stream::unfold(Outcomes::new(receiver), async |mut outcomes| {
        let chunk = outcomes.next_chunk().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), outcomes))
    });
    let mut response = Response::new(Body::from_stream(Box::pin(outcomes)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}

/// Reads lines and queues them.
struct Queueing {
    caller: Caller,
    actor: Actor,
    traceparent: String,
    app: App,
    /// Partitions that did not take a line of this request. They take none after it either: when
    /// a partition opens in the middle of a request, a ticket's later line must not be done before
    /// the one that its sender has to repeat.
    turned_away: HashMap<usize, NotDone>,
}

impl Queueing {
    async fn run(mut self, mut lines: Lines, sent: mpsc::Sender<Sent>) {
        let mut number = 0;
        loop {
            // The window: a place for this line's outcome, before the line is read. It also ends
            // the reading when nobody waits for outcomes any more.
            let Ok(place) = sent.reserve().await else {
                return;
            };
            let line = tokio::select! {
                line = lines.next() => line,
                () = sent.closed() => return,
                // Lines without an outcome were not read.
                () = self.app.partitions.stopping() => return,
            };
            number += 1;
            let line = match line {
                Ok(Some(Line::Whole(bytes))) if bytes.trim_ascii().is_empty() => continue,
                Ok(Some(line)) => line,
                // The end; or the body broke off, and there is nobody to tell.
                Ok(None) | Err(_) => return,
            };
            let sent = self.send(number, &line).await;
            place.send(sent);
        }
    }

    async fn send(&mut self, number: u64, line: &Line) -> Sent {
        let mut sent = Sent {
            line: number,
            key: None,
            ticket: None,
            opens: false,
            timer: Timer::start(),
            state: Sending::Answered(Reply::Unavailable(unknown())),
        };
        sent.state = match self.queue(line, &mut sent).await {
            Ok(waiting) => Sending::Queued(waiting),
            Err(reply) => Sending::Answered(reply),
        };
        sent
    }

    async fn queue(&mut self, line: &Line, sent: &mut Sent) -> Result<Waiting, Reply> {
        let Line::Whole(bytes) = line else {
            let max = self.app.config.bulk_line_bytes_max;
            return Err(Reply::Invalid(super::too_large("the line", max)));
        };
        let (line, mut faults) =
            tolerant::<BulkLine>(bytes).map_err(|bad| Reply::Invalid(of_bad_body(bad)))?;
        sent.key.clone_from(&line.idempotency_key);
        sent.ticket = line.ticket.map(TicketId);
        let name = self.check(&line, &mut faults);
        let (Some(name), Some(key), true) = (name, &line.idempotency_key, faults.is_empty()) else {
            return Err(Reply::Invalid(Problem::invalid(&faults)));
        };
        let incoming = Incoming {
            name,
            ticket: line.ticket.map(TicketId),
            key,
            stated: Stated {
                occurred_at: line.occurred_at,
                source_sequence: line.source_sequence,
                if_match: line.if_match,
            },
            body: line
                .body
                .as_deref()
                .map_or(b"", |body| body.get().as_bytes()),
            traceparent: Some(&self.traceparent),
        };
        let request = request(incoming, &self.caller, self.actor)
            .map_err(|bad| Reply::Invalid(of_bad_body(within_line(bad))))?;
        sent.ticket = Some(request.ticket);
        sent.opens = name == CommandName::Open;
        let partition = self.app.partitions.number_of(request.ticket);
        if let Some(why) = self.turned_away.get(&partition) {
            return Err(Turned::Away(*why).into());
        }
        let queued = self.app.partitions.send_when_free(request).await;
        if let Err(Turned::Away(why)) = queued {
            self.turned_away.insert(partition, why);
        }
        Ok(queued?)
    }

    /// What the line as such must have; the body is checked with the command.
    fn check(&self, line: &BulkLine, faults: &mut Vec<Fault>) -> Option<CommandName> {
        let mut fault = |field: &str, message: &str| {
            if !faults.iter().any(|fault| fault.field == field) {
                faults.push(Fault::new(field, message));
            }
        };
        match line.idempotency_key.as_deref() {
            None => fault("idempotency_key", "is required"),
            Some(key) if !headers::is_key(key) => {
                fault(
                    "idempotency_key",
                    "must be 1 to 255 visible ASCII characters",
                );
            }
            Some(_) => {}
        }
        let trusted = matches!(self.actor.role, Role::Importer | Role::Service);
        if line.source_sequence.is_some() && !trusted {
            fault(
                "source_sequence",
                "may only be stated by an importer or a service",
            );
        }
        let name = line.command.as_deref().map(CommandName::parse);
        match name {
            None => fault("command", "is required"),
            Some(None) => fault("command", "is no command of a ticket"),
            Some(Some(CommandName::Open)) if line.ticket.is_some() && !trusted => {
                fault("ticket", "may only be chosen by an importer or a service");
            }
            Some(Some(CommandName::Open)) => {}
            Some(Some(_)) if line.ticket.is_none() => fault("ticket", "is required"),
            Some(Some(_)) => {}
        }
        name.flatten()
    }
}

/// Names faults of the body as members of the line.
fn within_line(bad: BadBody) -> BadBody {
    match bad {
        BadBody::Faulty(mut faults) => {
            for fault in &mut faults {
                if fault.field != BODY {
                    fault.field.insert_str(0, "body.");
                }
            }
            BadBody::Faulty(faults)
        }
        malformed @ BadBody::Malformed(_) => malformed,
    }
}

/// Bytes of outcomes gathered into one chunk of the response, if so many are ready.
const CHUNK_BYTES: usize = 16 << 10;

/// Writes outcomes in the lines' order, as they become known.
struct Outcomes {
    sent: mpsc::Receiver<Sent>,
    /// Taken from the channel, but not answered yet.
    next: Option<Sent>,
}

impl Outcomes {
    fn new(sent: mpsc::Receiver<Sent>) -> Self {
        Self { sent, next: None }
    }

    /// Waits for one outcome and takes along those that are ready with it.
    async fn next_chunk(&mut self) -> Option<Bytes> {
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
                Err(tokio::sync::oneshot::error::TryRecvError::Empty) => {
                    return Err(Box::new(self));
                }
                Err(tokio::sync::oneshot::error::TryRecvError::Closed) => {
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
    fn told(&mut self, outcomed: &crate::partition::command::Outcomed) {
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
