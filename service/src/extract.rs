//! Axum's extractors for bodies, queries and paths, with problem documents for what is refused.
//!
//! What can't be read at all is 400; what can be read and is wrong is 422 and names the field.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::{FieldError, Problem};

/// A JSON body. The size limit is that of the route ([`axum::extract::DefaultBodyLimit`]).
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The query string.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The variable parts of the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(unsupported_type("application/json"));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error))?;
        from_json(&body).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => {
                // Axum's text is `Failed to deserialize query string: <field>: <why>`.
                let text = error.body_text();
                let why = text.split_once(": ").map_or(text.as_str(), |(_, why)| why);
                Err(Problem::invalid(&[field_error("", why)]))
            }
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(error) if error.status().is_server_error() => {
                tracing::error!(%error, "a handler's path does not fit its route");
                Err(Problem::internal())
            }
            Err(error) => Err(Problem::malformed(error.body_text())),
        }
    }
}

/// Parses JSON strictly; also for the lines of a bulk request.
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner())
    })?;
    reader.end().map_err(|error| refused("", &error))?;
    Ok(parsed)
}

fn refused(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    // serde_json ends its messages with the place.
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    if error.classify() == Category::Data {
        return Problem::invalid(&[field_error(path, message)]);
    }
    let (line, column) = (error.line(), error.column());
    Problem::malformed(format!(
        "the body is not JSON: {message}, at line {line}, column {column}"
    ))
    .with("line", line)
    .with("column", column)
}

/// Serde names a missing or unknown field only in its message, between backticks.
fn field_error(path: &str, message: &str) -> FieldError {
    let (path, message) = match message.split_once(": ") {
        // Of a query, where the message begins with the field.
        Some((field, rest)) if path.is_empty() && !field.contains(' ') => (field, rest),
        _ => (path, message),
    };
    let path = path.trim_start_matches('.');
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))
        .and_then(|rest| rest.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| path != *name && !path.ends_with(&format!(".{name}")));
    let field = match named {
        Some(name) if path.is_empty() || path == "?" => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None if path.is_empty() => "body".to_owned(),
        None => path.to_owned(),
    };
    FieldError::new(field, message)
}

/// 413 for a body over the limit; else it broke off.
pub fn unread(error: &BytesRejection) -> Problem {
    match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            let title = "The body is too large";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", title)
        }
        _ => Problem::malformed("the body ended early"),
    }
}

/// 415, naming what is taken.
pub fn unsupported_type(wanted: &str) -> Problem {
    let title = "Content type not supported";
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        title,
    )
    .detail(format!("send the body as Content-Type: {wanted}"))
}

/// Is the body said to be `application/json` (or of a type that ends in `+json`)?
pub fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| {
        media == "application/json"
            || (media.starts_with("application/") && media.ends_with("+json"))
    })
}

/// The content type in lower case, without parameters.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media = value.split(';').next()?;
    Some(media.trim().to_ascii_lowercase())
}
