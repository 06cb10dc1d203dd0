//! One command in one request, to any stream: from its arrival to its answer.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::response::Response;
use docket_domain::Actor;
use docket_domain::stream::AnyCommandName;
use docket_service::auth::Caller;
use docket_service::problem::Problem;
use docket_service::telemetry::TraceContext;
use futures::StreamExt as _;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderMap, Uri};
use tokio::time::Instant;

use super::answer::into_response;
use super::figures::{self, Timer};
use super::rejections::{Reply, unknown};
use super::request::{Incoming, Named, actor, request};
use super::{App, headers};
use crate::forward::{Forwarded, Here, Single};
use crate::partition::admission::Class;
use crate::partition::command::Request;
use crate::wire::{Addressed, BadBody, Stated};

/// A request, but for what its path says and its body.
pub(super) struct Came {
    pub(super) caller: Caller,
    pub(super) trace: TraceContext,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
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
    /// Asks for the named command.
    pub(super) async fn respond(self, app: &App, named: Named, body: Body) -> Response {
        let timer = Timer::start();
        let done = self.run(app, named, body).await;
        conclude(timer, named.name(), done)
    }

    async fn run(&self, app: &App, named: Named, body: Body) -> Result<Done, Reply> {
        // The body first: a client that is still sending it may not read an answer before.
        let body = read_body(&self.headers, body, app.config.body_bytes_max)
            .await
            .map_err(Reply::Invalid)?;
        let key = headers::idempotency_key(&self.headers).map_err(Reply::Invalid)?;
        let addressed = named.addressed(key, &body, &self.caller);
        self.settle(app, addressed, key, &body).await
    }

    /// Either way it is an answer; an `Err` is one that needed no partition of ours.
    pub(super) async fn settle(
        &self,
        app: &App,
        addressed: Addressed,
        key: &str,
        body: &Bytes,
    ) -> Result<Done, Reply> {
        let actor = actor(&self.caller).map_err(Reply::Invalid)?;
        let class = Class::of(addressed.name(), actor.role);
        let deadline = Instant::now() + Duration::from_millis(app.config.command_wait_ms);
        let forwarded = self.forward(app, addressed, body, class, deadline);
        let here = match forwarded.await? {
            Forwarded::Answered(response) => return Ok(Done::There(response)),
            Forwarded::Unknown => return Err(Reply::Unavailable(unknown())),
            Forwarded::Here(here) => here,
        };
        let reply = match self.request(addressed, key, body, actor) {
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
pub(super) enum Done {
    Here(Reply),
    There(Response),
}

/// The answer to a request.
pub(super) fn conclude(timer: Timer, name: AnyCommandName, done: Result<Done, Reply>) -> Response {
    let reply = match done {
        // Whoever executed it has counted it.
        Ok(Done::There(response)) => return response,
        Ok(Done::Here(reply)) | Err(reply) => reply,
    };
    timer.stop(figures::outcome(&reply));
    into_response(name, reply)
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

pub(super) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    max: usize,
) -> Result<Bytes, Problem> {
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
