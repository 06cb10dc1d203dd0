//! An answer with its validators: strong entity tags, 304 for who has it already.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_service::Position;
use sha2::{Digest as _, Sha256};

use crate::position::POSITION;

/// JSON on its way out.
pub(super) struct Answer {
    tag: String,
    body: Vec<u8>,
    position: Option<Position>,
}

impl Answer {
    /// Tagged with a ticket's version, as commands take it in `If-Match`.
    pub(super) fn of_version(version: i32, body: Vec<u8>) -> Self {
        Self {
            tag: format!("\"{version}\""),
            body,
            position: None,
        }
    }

    /// Tagged with a digest of the body.
    pub(super) fn of_bytes(body: Vec<u8>) -> Self {
        let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]);
        Self {
            tag: format!("\"{digest}\""),
            body,
            position: None,
        }
    }

    /// With where the view stood.
    pub(super) fn at(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }

    /// To that request: whole, or 304.
    pub(super) fn to(self, request: &HeaderMap) -> Response {
        let known = has(request, &self.tag);
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(self.body).into_response()
        };
        let headers = response.headers_mut();
        // What is shown depends on who asks and changes at any time: keep it, but ask.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("authorization"));
        if !known {
            let json = HeaderValue::from_static("application/json");
            headers.insert(CONTENT_TYPE, json);
        }
        if let Ok(tag) = HeaderValue::try_from(self.tag) {
            headers.insert(ETAG, tag);
        }
        let position = self
            .position
            .and_then(|position| HeaderValue::try_from(position.to_string()).ok());
        if let Some(position) = position {
            headers.insert(POSITION, position);
        }
        response
    }
}

/// Whether `If-None-Match` names the tag, by the weak comparison of RFC 9110 §13.1.2.
fn has(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}
