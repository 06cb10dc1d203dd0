//! One command in one request: opening a ticket, and everything that is asked of one.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use docket_domain::ids::TicketId;
use docket_domain::{Actor, CommandName};
use docket_service::Path;
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use docket_service::telemetry::TraceContext;
use futures::StreamExt as _;
use http::header::{CONTENT_LENGTH, ETAG, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::figures::{self, Timer};
use super::rejections::{Reply, unknown};
use super::request::{Incoming, actor, request};
use super::{App, headers, position};
use crate::command_id::ticket_id;
use crate::forward::{Forwarded, Here, Single};
use crate::partition::admission::Class;
use crate::partition::command::{Outcomed, Request};
use crate::wire::{BadBody, Stated};

/// What a command came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandAnswer {
    pub(super) ticket: Uuid,
    /// The number people read out on the phone, with its check digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    /// The ticket's version after the command; its `ETag`.
    pub(super) version: u32,
    /// The ticket's status after the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    /// `applied`, or `unchanged` if it was so already.
    pub(super) outcome: &'static str,
    /// Where the answer lies in the log; opaque. With it as `Docket-Min-Position` a query shows
    /// what this command did.
    pub(super) position: String,
}

/// `POST /v1/tickets`
pub(super) async fn open(
    State(app): State<App>,
    caller: Caller,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asked = Asked {
        caller,
        trace,
        uri,
        headers,
        name: CommandName::Open,
        ticket: None,
    };
    asked.respond(&app, body).await
}

/// `POST /v1/tickets/{id}/{command}`
pub(super) async fn command(
    State(app): State<App>,
    caller: Caller,
    Path((ticket, command)): Path<(String, String)>,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let asked = Asked {
        caller,
        trace,
        uri,
        headers,
        name: command_of(&command)?,
        ticket: Some(ticket_of(&ticket)?),
    };
    Ok(asked.respond(&app, body).await)
}

/// What was asked, but for the body.
struct Asked {
    caller: Caller,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
    name: CommandName,
    ticket: Option<TicketId>,
}

fn ticket_of(text: &str) -> Result<TicketId, Problem> {
    Uuid::try_parse(text)
        .map(TicketId)
        .map_err(|_| Problem::not_found(format!("{text:?} is not a ticket's id, which is a UUID")))
}

fn command_of(text: &str) -> Result<CommandName, Problem> {
    CommandName::parse(text)
        .filter(|name| *name != CommandName::Open)
        .ok_or_else(|| {
            let known: Vec<&str> = CommandName::ALL[1..]
                .iter()
                .map(|name| name.as_str())
                .collect();
            Problem::not_found(format!(
                "{text:?} is no command of a ticket; those are {}",
                known.join(", ")
            ))
        })
}

impl Asked {
    async fn respond(self, app: &App, body: Body) -> Response {
        let timer = Timer::start();
        let reply = match self.run(app, body).await {
            // Whoever executed it has counted it.
            Ok(Done::There(response)) => return response,
            Ok(Done::Here(reply)) | Err(reply) => reply,
        };
        timer.stop(figures::outcome(&reply));
        into_response(self.name, reply)
    }

    /// Either way it is an answer; an `Err` is one that needed no partition of ours.
    async fn run(&self, app: &App, body: Body) -> Result<Done, Reply> {
        // The body first: a client that is still sending it may not read an answer before.
        let body = read_body(&self.headers, body, app.config.body_bytes_max)
            .await
            .map_err(Reply::Invalid)?;
        let actor = actor(&self.caller).map_err(Reply::Invalid)?;
        let class = Class::of(self.name, actor.role);
        let deadline = Instant::now() + Duration::from_millis(app.config.command_wait_ms);
        let here = match self.forward(app, &body, class, deadline).await? {
            Forwarded::Answered(response) => return Ok(Done::There(response)),
            Forwarded::Unknown => return Err(Reply::Unavailable(unknown())),
            Forwarded::Here(here) => here,
        };
        let reply = match self.request(&body, actor) {
            Ok(request) => execute(app, request, class, deadline).await,
            Err(problem) => Reply::Invalid(problem),
        };
        Ok(Done::Here(reply.after_forward(here)))
    }

    /// The answer of the partition's owner, if that is another replica. It reads the body, too.
    async fn forward(
        &self,
        app: &App,
        body: &Bytes,
        class: Class,
        deadline: Instant,
    ) -> Result<Forwarded, Reply> {
        let Some(forwarding) = &app.forwarding else {
            return Ok(Forwarded::Here(Here::certainly()));
        };
        let key = headers::idempotency_key(&self.headers).map_err(Reply::Invalid)?;
        let ticket = self
            .ticket
            .unwrap_or_else(|| ticket_id(self.caller.actor_id, key));
        let single = Single {
            partition: app.partitions.number_of(ticket),
            class,
            uri: &self.uri,
            headers: &self.headers,
            trace: self.trace,
            body,
            deadline,
        };
        Ok(forwarding.single(single).await?)
    }

    fn request(&self, body: &[u8], actor: Actor) -> Result<Request, Problem> {
        let headers = &self.headers;
        let key = headers::idempotency_key(headers)?;
        let stated = Stated {
            occurred_at: headers::occurred_at(headers)?,
            source_sequence: None,
            if_match: headers::if_match(headers)?,
        };
        if !body.is_empty() {
            headers::expect_json(headers)?;
        }
        let traceparent = self.trace.to_string();
        let incoming = Incoming {
            name: self.name,
            ticket: self.ticket,
            key,
            stated,
            body,
            traceparent: Some(&traceparent),
        };
        request(incoming, &self.caller, actor).map_err(of_bad_body)
    }
}

/// Where a command was executed.
enum Done {
    Here(Reply),
    There(Response),
}

async fn execute(app: &App, request: Request, class: Class, deadline: Instant) -> Reply {
    let waiting = match app.partitions.send(request, class) {
        Ok(waiting) => waiting,
        Err(turned) => return turned.into(),
    };
    match tokio::time::timeout_at(deadline, waiting).await {
        Ok(Ok(answer)) => Reply::from(answer),
        // Too late, or the task is gone: what it had in flight may still happen.
        Ok(Err(_)) | Err(_) => Reply::Unavailable(unknown()),
    }
}

/// The most of an over-long body that is read to its end, so that a client which sends all before
/// it reads sees the answer and not a reset connection.
const DRAINED_BYTES_MAX: usize = 64 << 20;

async fn read_body(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Problem> {
    let stated: Option<usize> = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let mut chunks = body.into_data_stream();
    let ended = |error| Problem::malformed(format!("the body ended early: {error}"));
    let mut next = chunks.next().await.transpose().map_err(ended)?;
    // Nearly always all of it.
    if let Some(whole) = next.take_if(|first| Some(first.len()) == stated && first.len() <= max) {
        return Ok(whole);
    }
    let mut kept = Vec::with_capacity(stated.unwrap_or(0).min(max));
    let mut read = 0_usize;
    while let Some(chunk) = next {
        read += chunk.len();
        if read <= max {
            kept.extend_from_slice(&chunk);
        } else if read > DRAINED_BYTES_MAX {
            break;
        }
        next = chunks.next().await.transpose().map_err(ended)?;
    }
    if read <= max {
        Ok(kept.into())
    } else {
        Err(super::too_large("the body", max))
    }
}

/// Malformed, or faulty in the named members.
pub(super) fn of_bad_body(bad: BadBody) -> Problem {
    match bad {
        BadBody::Malformed(why) => Problem::malformed(format!("not JSON: {why}")),
        BadBody::Faulty(faults) => Problem::invalid(&faults),
    }
}

fn into_response(name: CommandName, reply: Reply) -> Response {
    match reply {
        Reply::Done {
            outcomed,
            status,
            applied,
        } => {
            let created = name == CommandName::Open && applied;
            let mut response = axum::Json(answer(&outcomed, status, applied)).into_response();
            if created {
                *response.status_mut() = StatusCode::CREATED;
                let location = format!("/v1/tickets/{}", outcomed.ticket);
                set(&mut response, LOCATION, &location);
            }
            place(&mut response, &outcomed);
            response
        }
        Reply::Rejected { outcomed, problem } => {
            let mut response = problem.into_response();
            place(&mut response, &outcomed);
            response
        }
        Reply::Invalid(problem) | Reply::Unavailable(problem) => problem.into_response(),
    }
}

fn answer(
    outcomed: &Outcomed,
    status: Option<docket_domain::StatusName>,
    applied: bool,
) -> CommandAnswer {
    CommandAnswer {
        ticket: outcomed.ticket.0,
        number: outcomed.number.map(|number| number.to_string()),
        version: outcomed.version,
        status: status.map(docket_domain::StatusName::as_str),
        outcome: if applied { "applied" } else { "unchanged" },
        position: position(outcomed),
    }
}

fn place(response: &mut Response, outcomed: &Outcomed) {
    if outcomed.version > 0 {
        set(response, ETAG, &format!("\"{}\"", outcomed.version));
    }
    set(response, headers::POSITION, &position(outcomed));
}

fn set(response: &mut Response, name: http::HeaderName, value: &str) {
    // Numbers, ids and paths of ours: always a header's characters.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
