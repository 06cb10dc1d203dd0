//! Problem documents (RFC 9457): the one form in which every error leaves over HTTP.
//!
//! `type` is stable and made for programs, `detail` for people. `instance` names the request's
//! trace, so that whoever reports a problem also reports where it is in the logs.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::telemetry::TraceContext;

/// Before every slug.
const TYPES: &str = "https://docket.dev/problems/";

/// One field of the input and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its path in the body, or the name of a header or a query parameter.
    pub field: String,
    /// What is wrong, in words.
    pub message: String,
}

impl FieldError {
    /// That field, that fault.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// How a problem looks outside, for OpenAPI. Further members depend on the `type`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A stable URI that names the kind of problem.
    #[schema(example = "https://docket.dev/problems/invalid-input")]
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: Option<String>,
    /// The trace of the request.
    pub instance: Option<String>,
    /// The faulty fields, if the input is at fault.
    pub errors: Option<Vec<FieldError>>,
}

/// A problem on its way out. `?` in a handler that returns `Result<_, Problem>` sends it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    slug: Cow<'static, str>,
    title: Cow<'static, str>,
    detail: Option<String>,
    members: Map<String, Value>,
    headers: HeaderMap,
}

impl Problem {
    /// A kind of problem: its status, its slug (the end of `type`), and its title.
    pub fn new(
        status: StatusCode,
        slug: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            slug: slug.into(),
            title: title.into(),
            detail: None,
            members: Map::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// 400: what was sent can't be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The request can't be read",
        )
        .detail(detail)
    }

    /// 401: no token, or a bad one.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        let title = "A valid token is needed";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", title).detail(detail)
    }

    /// 403: the caller is known and may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed").detail(detail)
    }

    /// 404: there is no such thing, or none that the caller may see.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail(detail)
    }

    /// 422: readable, but these fields are at fault.
    pub fn invalid(errors: &[FieldError]) -> Self {
        let title = "The input is invalid";
        let faults: Vec<_> = errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-input", title)
            .detail(faults.join("; "))
            .with("errors", json!(errors))
    }

    /// 500: our fault. The cause belongs in the log, not in here.
    pub fn internal() -> Self {
        let title = "Something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title)
    }

    /// 503: not now; the same request may be sent again.
    pub fn unavailable(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not available now",
        )
        .detail(detail)
        .retry_after(retry_after_s)
    }

    /// What happened here, and what to do.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a member, such as `allowed` or `current_version`.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(member.into(), value.into());
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Says when to come back, in seconds.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, seconds.into())
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The end of `type`.
    pub fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The document, as for one line of a bulk answer.
    pub fn to_json(&self) -> Value {
        let inner = &*self.0;
        let mut document = Map::new();
        document.insert("type".into(), format!("{TYPES}{}", inner.slug).into());
        document.insert("title".into(), inner.title.as_ref().into());
        document.insert("status".into(), inner.status.as_u16().into());
        if let Some(detail) = &inner.detail {
            document.insert("detail".into(), detail.as_str().into());
        }
        if let Some(trace) = TraceContext::current() {
            document.insert(
                "instance".into(),
                format!("urn:docket:trace:{}", trace.trace_id()).into(),
            );
        }
        document.extend(inner.members.clone());
        Value::Object(document)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json().to_string();
        let mut headers = self.0.headers;
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        (self.0.status, headers, body).into_response()
    }
}

/// For a path that nobody serves.
pub async fn unknown_path(uri: Uri) -> Problem {
    Problem::not_found(format!("nothing is served at {}", uri.path()))
}

/// For a path that is served, but not so.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let title = "Method not allowed";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title).detail(format!(
        "{} does not take {method}; the header Allow says what it takes",
        uri.path()
    ))
}
