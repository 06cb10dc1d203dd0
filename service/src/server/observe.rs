//! Around every request: its trace, a span with its name, and its place in the metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, Method};
use tracing::Instrument as _;

use super::series::{self, Kind};
use crate::telemetry::TraceContext;

/// A middleware; the state is the service's name.
pub(super) async fn observe(
    State(service): State<&'static str>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let trace = TraceContext::from_headers(request.headers());
    request.extensions_mut().insert(trace);
    let method = method_name(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    // Never the path itself: ids would make as many series.
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request", service, method, route, trace_id = %trace.trace_id(), span_id = %trace.span_id()
    );

    let mut response = trace
        .scope(next.run(request))
        .instrument(span.clone())
        .await;

    let status = response.status();
    let seconds = started.elapsed().as_secs_f64();
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), seconds, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), seconds, "answered");
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
