//! W3C Trace Context: `traceparent` from the request, or a new one; through our spans, our
//! records and back in the answer.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// One request's way through everything it touches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceId([u8; 16]);

/// One step of that way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SpanId([u8; 8]);

/// Where we are in a trace. Its text is a `traceparent` header's value. As an extractor it is that
/// of the request, which is never refused for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TraceContext {
    trace_id: TraceId,
    span_id: SpanId,
    flags: u8,
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceparent;

impl TraceContext {
    /// The header's name, in requests, answers and records.
    pub const HEADER: &'static str = "traceparent";

    /// A trace that starts here.
    pub fn generate() -> Self {
        Self {
            trace_id: TraceId(Uuid::new_v4().into_bytes()),
            span_id: SpanId::generate(),
            flags: 0,
        }
    }

    /// A step of our own in the sender's trace, or a new trace if it sent none that is valid.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let sent = headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok());
        let parsed = sent.and_then(|text| text.parse::<Self>().ok());
        parsed.map_or_else(Self::generate, Self::child)
    }

    /// The next step of the same trace.
    pub fn child(self) -> Self {
        Self {
            span_id: SpanId::generate(),
            ..self
        }
    }

    /// The trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The step.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// That of the request that the running task answers.
    pub fn current() -> Option<Self> {
        CURRENT.try_get().ok()
    }

    /// Makes it the current one while `work` runs.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

impl SpanId {
    fn generate() -> Self {
        let random = Uuid::new_v4().into_bytes();
        let mut id = [0; 8];
        // The last eight bytes start with two fixed bits, which leaves 62 random ones, never all 0.
        id.copy_from_slice(&random[8..]);
        Self(id)
    }
}

impl Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Display for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "00-{}-{}-{:02x}",
            self.trace_id, self.span_id, self.flags
        )
    }
}

impl FromStr for TraceContext {
    type Err = NotATraceparent;

    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (
            hex(parts.next(), 2)?,
            hex(parts.next(), 32)?,
            hex(parts.next(), 16)?,
            hex(parts.next(), 2)?,
        );
        // A version after 00 may append parts; 00 may not, and ff is none.
        let extra = parts.next().is_some();
        if version == 0xff || (version == 0 && extra) || trace == 0 || span == 0 {
            return Err(NotATraceparent);
        }
        Ok(Self {
            trace_id: TraceId(trace.to_be_bytes()),
            span_id: SpanId((span as u64).to_be_bytes()),
            flags: flags as u8 & 1,
        })
    }
}

fn hex(part: Option<&str>, length: usize) -> Result<u128, NotATraceparent> {
    let lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let part = part.filter(|part| part.len() == length && part.as_bytes().iter().all(lower));
    part.and_then(|part| u128::from_str_radix(part, 16).ok())
        .ok_or(NotATraceparent)
}

impl<S: Send + Sync> FromRequestParts<S> for TraceContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get()
            .copied()
            .unwrap_or_else(|| Self::from_headers(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_comes_back_as_it_was() {
        assert_eq!(
            SENT.parse::<TraceContext>()
                .map(|context| context.to_string()),
            Ok(SENT.into())
        );
    }

    #[test]
    fn our_step_is_in_the_senders_trace() {
        let mut headers = HeaderMap::new();
        headers.insert(TraceContext::HEADER, SENT.parse().expect("a header"));
        let ours = TraceContext::from_headers(&headers).to_string();
        assert_eq!(ours[..36], SENT[..36]);
        assert_ne!(ours[36..52], SENT[36..52]);
        assert_eq!(ours[52..], SENT[52..]);
    }

    #[test]
    fn a_later_version_may_say_more() {
        let later = SENT.replacen("00", "cc", 1) + "-what-else";
        assert_eq!(
            later
                .parse::<TraceContext>()
                .map(|context| context.to_string()),
            Ok(SENT.into())
        );
    }

    #[test]
    fn what_is_no_traceparent_starts_a_new_trace() {
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(NotATraceparent), "{bad}");
        }
        assert_ne!(TraceContext::generate(), TraceContext::generate());
    }
}
