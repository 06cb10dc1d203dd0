//! Around every request: its trace, a span, its place in the metrics, the limits, and a problem
//! document where the handler panics or takes too long.
//!
//! All in one middleware: axum clones and boxes whatever lies within each of them, for every
//! request.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http::{HeaderValue, Method, StatusCode};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::HttpConfig;
use super::series::{self, Kind};
use crate::problem::Problem;
use crate::telemetry::TraceContext;

/// What it needs to know.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// Labels the metrics.
    service: &'static str,
    body_bytes_max: usize,
    answer_within: Duration,
}

impl Around {
    pub(super) fn new(service: &'static str, http: &HttpConfig) -> Self {
        Self {
            service,
            body_bytes_max: http.body_bytes_max,
            answer_within: Duration::from_millis(http.request_timeout_ms),
        }
    }
}

/// A middleware.
pub(super) async fn around(
    State(around): State<Around>,
    mut request: Request,
    next: Next,
) -> Response {
    let service = around.service;
    let started = Instant::now();
    let trace = TraceContext::from_headers(request.headers());
    request.extensions_mut().insert(trace);
    DefaultBodyLimit::max(around.body_bytes_max).apply(&mut request);
    let method = method_name(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    // Never the path itself: ids would make as many series.
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    // What is in a span is formatted for every request, in a line of the log for few.
    let span = tracing::info_span!("request", trace_id = %trace.trace_id());

    let answering = async {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
        match timeout(around.answer_within, answered).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => panicked(&*panic),
            Err(_) => too_late(),
        }
    };
    let mut response = trace.scope(answering).instrument(span.clone()).await;

    let status = response.status();
    let seconds = started.elapsed().as_secs_f64();
    span.in_scope(|| {
        let (span_id, status) = (trace.span_id(), status.as_u16());
        if status >= 500 {
            tracing::warn!(service, method, route, %span_id, status, seconds, "answered");
        } else {
            tracing::debug!(service, method, route, %span_id, status, seconds, "answered");
        }
    });
    let kind = Kind {
        service,
        method,
        status,
    };
    series::count(route, kind, seconds);
    if let Ok(value) = HeaderValue::try_from(trace.to_string()) {
        response.headers_mut().insert(TraceContext::HEADER, value);
    }
    response
}

fn too_late() -> Response {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "No answer in time",
    )
    .detail("what became of it is unknown: repeat it with the same Idempotency-Key")
    .retry_after(1)
    .into_response()
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(
        panic = text.unwrap_or("of an unknown kind"),
        "a handler panicked"
    );
    Problem::internal().into_response()
}

/// A client may invent methods, and each would be a series.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
