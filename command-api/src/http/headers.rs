//! The headers a command comes with.

use docket_domain::Timestamp;
use docket_service::extract::{is_json, media_type, unsupported_type};
use docket_service::problem::Problem;
use http::header::{HeaderName, HeaderValue, IF_MATCH};
use http::{HeaderMap, StatusCode};

/// Names a command, so that it can be repeated safely.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// When it happened.
pub(crate) const OCCURRED_AT: HeaderName = HeaderName::from_static("docket-occurred-at");
/// Where an answer lies in the log.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("docket-position");

/// The media type of bulk requests and their answers.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Longest key.
const KEY_BYTES_MAX: usize = 255;

/// 1 to 255 visible ASCII characters.
pub(crate) fn is_key(key: &str) -> bool {
    (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The key, which every command must have.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let key = one(headers, &IDEMPOTENCY_KEY)?.ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency-key-missing",
            "A command needs an Idempotency-Key",
        )
        .detail(
            "send the header Idempotency-Key with a name of your own for this command, such as \
             a UUID; the same key makes a repeat safe",
        )
    })?;
    key.to_str()
        .ok()
        .filter(|key| is_key(key))
        .ok_or_else(|| malformed("Idempotency-Key", "1 to 255 visible ASCII characters"))
}

/// The version the sender decided on: one strong entity tag of ours.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(tag) = one(headers, &IF_MATCH)? else {
        return Ok(None);
    };
    tag.to_str()
        .ok()
        .and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|version| version.parse().ok())
        .map(Some)
        .ok_or_else(|| {
            malformed(
                "If-Match",
                "the ETag of an earlier answer: a version in quotes, such as \"3\"",
            )
        })
}

/// When it happened, if the sender says so.
pub(super) fn occurred_at(headers: &HeaderMap) -> Result<Option<Timestamp>, Problem> {
    let Some(time) = one(headers, &OCCURRED_AT)? else {
        return Ok(None);
    };
    time.to_str()
        .ok()
        .and_then(|time| time.parse().ok())
        .map(Some)
        .ok_or_else(|| malformed("Docket-Occurred-At", &time_wanted()))
}

/// What a time must be. The year 9999 doesn't last to its end, so that is said as well.
pub(super) fn time_wanted() -> String {
    format!(
        "a time as RFC 3339 has it, such as 2026-11-20T09:30:00Z, up to {}",
        Timestamp::MAX
    )
}

/// The one value of a header. Of two, nobody could say which was meant.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(malformed(name.as_str(), "there once")),
    }
}

/// Refuses a body that is said to be something other than JSON.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) {
        return Ok(());
    }
    Err(unsupported_type("application/json"))
}

/// Refuses a bulk body that is said to be something other than lines of JSON.
pub(super) fn expect_ndjson(headers: &HeaderMap) -> Result<(), Problem> {
    if media_type(headers).as_deref() == Some(NDJSON) {
        return Ok(());
    }
    Err(unsupported_type(NDJSON))
}

fn malformed(header: &str, expected: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-header",
        "A header can't be read",
    )
    .detail(format!("{header} must be {expected}"))
    .with("header", header)
}
