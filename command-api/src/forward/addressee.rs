//! For whom a forwarded request is meant, and from whom an answer is.
//!
//! An address outlives the writer that claimed it: another service may listen there by now, or a
//! replica of another log. Guarantee: a forwarded command is executed by the very writer that its
//! sender takes for the owner, on the same log, or by no replica; and what doesn't come from a
//! replica of that log is no answer.
//!
//! The header is no secret and opens nothing: whoever sends it is asked for a token as ever, and
//! has at most the command executed by the replica that it reached.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use docket_event_log::LogId;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::http::App;
use crate::http::rejections::not_addressed;

/// On a request: the log and the writer that it is meant for, which is to execute it. On an answer
/// that was passed on: which writer's it is.
pub(crate) const FORWARDED: HeaderName = HeaderName::from_static("docket-forwarded");
/// On the answer to a forwarded request: the log of whoever gave it.
const LOG: HeaderName = HeaderName::from_static("docket-log");

/// A log, as the answers of its replicas name it.
#[derive(Clone, Debug)]
pub(crate) struct Signature(HeaderValue);

impl Signature {
    pub(crate) fn of(log: LogId) -> Self {
        Self(text(&log.0.to_string()))
    }

    /// Whether an answer comes from a replica of this log.
    pub(super) fn is_on(&self, answer: &HeaderMap) -> bool {
        answer.get(LOG) == Some(&self.0)
    }

    /// Takes it off an answer that goes to a client.
    pub(super) fn take_off(answer: &mut HeaderMap) {
        answer.remove(LOG);
    }
}

/// What a request says that is meant for that writer.
pub(super) fn meant_for(log: LogId, writer: Uuid) -> HeaderValue {
    text(&format!("{}/{writer}", log.0))
}

/// Digits, letters, hyphens and a slash.
pub(super) fn text(ids: &str) -> HeaderValue {
    HeaderValue::from_str(ids).unwrap_or(HeaderValue::from_static("unknown"))
}

/// Turns away what was forwarded to somebody else, before anything else looks at it, and signs the
/// answer to what was forwarded here.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(addressee) = request.headers().get(FORWARDED) else {
        return next.run(request).await;
    };
    // A replica without an address of its own is never meant, but says so as a replica.
    let me = app.forwarding.as_ref().map(|forwarding| &forwarding.me);
    let mut answer = if me == Some(addressee) {
        next.run(request).await
    } else {
        not_addressed().into_response()
    };
    answer.headers_mut().insert(LOG, app.signature.0.clone());
    answer
}
