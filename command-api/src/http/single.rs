//! One command in one request, to any stream.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{AnyCommandName, StreamId};
use docket_domain::{Actor, CommandName};
use docket_service::Path;
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use docket_service::telemetry::TraceContext;
use futures::StreamExt as _;
use http::header::{CONTENT_LENGTH, ETAG, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::figures::{self, Timer};
use super::rejections::{Reply, unknown};
use super::request::{Incoming, Named, actor, creates, request};
use super::{App, headers, position};
use crate::forward::{Forwarded, Here, Single};
use crate::partition::admission::Class;
use crate::partition::command::{Outcomed, Request};
use crate::wire::{Addressed, BadBody, Stated};

/// What a command came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandAnswer {
    #[serde(flatten)]
    pub(super) stream: StreamMembers,
    /// The ticket's number that people read out on the phone, with its check digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    /// The stream's version after the command; its `ETag`.
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

/// Which stream it is: one of these; none for the catalogue.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct StreamMembers {
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consultant: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Uuid>,
}

impl From<StreamId> for StreamMembers {
    fn from(stream: StreamId) -> Self {
        let mut members = Self::default();
        match stream {
            StreamId::Ticket(id) => members.ticket = Some(id.0),
            StreamId::Consultant(id) => members.consultant = Some(id.0),
            StreamId::Customer(id) => members.customer = Some(id.0),
            StreamId::Catalogue => {}
        }
        members
    }
}

/// `POST /v1/tickets`
pub(super) async fn open(State(app): State<App>, came: Came, body: Body) -> Response {
    came.respond(&app, Named::Ticket(None, CommandName::Open), body)
        .await
}

/// `POST /v1/tickets/{id}/{command}`
pub(super) async fn ticket(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CommandName::ALL[1..];
    let name = one_of(known, CommandName::as_str, &command, "a ticket")?;
    let id = TicketId(id_of(&id, "a ticket")?);
    Ok(came
        .respond(&app, Named::Ticket(Some(id), name), body)
        .await)
}

/// `POST /v1/consultants`
pub(super) async fn register_consultant(
    State(app): State<App>,
    came: Came,
    body: Body,
) -> Response {
    let named = Named::Consultant(None, ConsultantCommandName::Register);
    came.respond(&app, named, body).await
}

/// `POST /v1/consultants/{id}/{command}`
pub(super) async fn consultant(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &ConsultantCommandName::ALL[1..];
    let name = one_of(
        known,
        ConsultantCommandName::as_str,
        &command,
        "a consultant",
    )?;
    let id = PersonId(id_of(&id, "a consultant")?);
    Ok(came
        .respond(&app, Named::Consultant(Some(id), name), body)
        .await)
}

/// `POST /v1/customers`
pub(super) async fn register_customer(State(app): State<App>, came: Came, body: Body) -> Response {
    let named = Named::Customer(None, CustomerCommandName::Register);
    came.respond(&app, named, body).await
}

/// `POST /v1/customers/{id}/{command}`
pub(super) async fn customer(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CustomerCommandName::ALL[1..];
    let name = one_of(known, CustomerCommandName::as_str, &command, "a customer")?;
    let id = PersonId(id_of(&id, "a customer")?);
    Ok(came
        .respond(&app, Named::Customer(Some(id), name), body)
        .await)
}

/// `POST /v1/catalogue/{command}`
pub(super) async fn catalogue(
    State(app): State<App>,
    Path(command): Path<String>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &CatalogueCommandName::ALL;
    let name = one_of(
        known,
        CatalogueCommandName::as_str,
        &command,
        "the catalogue",
    )?;
    Ok(came.respond(&app, Named::Catalogue(name), body).await)
}

fn id_of(text: &str, whose: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| {
        Problem::not_found(format!(
            "{text:?} is not the id of {whose}, which is a UUID"
        ))
    })
}

fn one_of<T: Copy>(
    known: &[T],
    name: fn(T) -> &'static str,
    text: &str,
    whose: &str,
) -> Result<T, Problem> {
    let found = known.iter().copied().find(|known| name(*known) == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = known.iter().copied().map(name).collect();
        Problem::not_found(format!(
            "{text:?} is no command of {whose}; those are {}",
            known.join(", ")
        ))
    })
}

/// A request, but for what its path says and its body.
pub(super) struct Came {
    caller: Caller,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
}

impl FromRequestParts<App> for Came {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Ok(trace) = TraceContext::from_request_parts(parts, app).await;
        Ok(Self {
            caller,
            trace,
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
        })
    }
}

impl Came {
    async fn respond(self, app: &App, named: Named, body: Body) -> Response {
        let timer = Timer::start();
        let reply = match self.run(app, named, body).await {
            // Whoever executed it has counted it.
            Ok(Done::There(response)) => return response,
            Ok(Done::Here(reply)) | Err(reply) => reply,
        };
        timer.stop(figures::outcome(&reply));
        into_response(named.name(), reply)
    }

    /// Either way it is an answer; an `Err` is one that needed no partition of ours.
    async fn run(&self, app: &App, named: Named, body: Body) -> Result<Done, Reply> {
        // The body first: a client that is still sending it may not read an answer before.
        let body = read_body(&self.headers, body, app.config.body_bytes_max)
            .await
            .map_err(Reply::Invalid)?;
        let actor = actor(&self.caller).map_err(Reply::Invalid)?;
        let key = headers::idempotency_key(&self.headers).map_err(Reply::Invalid)?;
        let addressed = named.addressed(key, &body, &self.caller);
        let class = Class::of(named.name(), actor.role);
        let deadline = Instant::now() + Duration::from_millis(app.config.command_wait_ms);
        let forwarded = self.forward(app, addressed, &body, class, deadline);
        let here = match forwarded.await? {
            Forwarded::Answered(response) => return Ok(Done::There(response)),
            Forwarded::Unknown => return Err(Reply::Unavailable(unknown())),
            Forwarded::Here(here) => here,
        };
        let reply = match self.request(addressed, key, &body, actor) {
            Ok(request) => execute(app, request, class, deadline).await,
            Err(problem) => Reply::Invalid(problem),
        };
        Ok(Done::Here(reply.after_forward(here)))
    }

    /// The answer of the partition's owner, if that is another replica. It reads the body, too.
    async fn forward(
        &self,
        app: &App,
        addressed: Addressed,
        body: &Bytes,
        class: Class,
        deadline: Instant,
    ) -> Result<Forwarded, Reply> {
        let Some(forwarding) = &app.forwarding else {
            return Ok(Forwarded::Here(Here::certainly()));
        };
        let single = Single {
            partition: app.partitions.number_of(addressed.stream()),
            class,
            uri: &self.uri,
            headers: &self.headers,
            trace: self.trace,
            body,
            deadline,
        };
        Ok(forwarding.single(single).await?)
    }

    fn request(
        &self,
        addressed: Addressed,
        key: &str,
        body: &[u8],
        actor: Actor,
    ) -> Result<Request, Problem> {
        let headers = &self.headers;
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
            addressed,
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

fn into_response(name: AnyCommandName, reply: Reply) -> Response {
    match reply {
        Reply::Done {
            outcomed,
            status,
            applied,
        } => {
            let created = creates(name) && applied;
            let mut response = axum::Json(answer(&outcomed, status, applied)).into_response();
            if created {
                *response.status_mut() = StatusCode::CREATED;
                if let Some(location) = location(outcomed.stream) {
                    set(&mut response, LOCATION, &location);
                }
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

/// Where it can be looked at.
fn location(stream: StreamId) -> Option<String> {
    match stream {
        StreamId::Ticket(id) => Some(format!("/v1/tickets/{id}")),
        StreamId::Consultant(id) => Some(format!("/v1/consultants/{id}")),
        StreamId::Customer(id) => Some(format!("/v1/customers/{id}")),
        StreamId::Catalogue => None,
    }
}

fn answer(
    outcomed: &Outcomed,
    status: Option<docket_domain::StatusName>,
    applied: bool,
) -> CommandAnswer {
    CommandAnswer {
        stream: outcomed.stream.into(),
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
