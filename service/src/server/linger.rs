//! Reads on what a refused request still sends.
//!
//! A server that answers 413 or 401 and closes while the client is still sending makes the
//! client's system throw the answer away. So a large body that nobody wants is read to its end,
//! within limits, after the answer is on its way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http::header::CONTENT_LENGTH;
use hyper::body::{Frame, SizeHint};

const LINGER_BYTES_MAX: usize = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(5);

/// Of a request; `small` is the size up to which a body is left alone, since it has arrived together
/// with its head or nearly so.
pub(super) fn linger(small: usize, request: Request) -> Request {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<usize>().ok());
    if request.body().is_end_stream() || length.is_some_and(|length| length <= small) {
        return request;
    }
    request.map(|body| Body::new(Lingering(body)))
}

/// A body that is read to its end even if it is dropped before.
struct Lingering(Body);

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.0.is_end_stream() {
            return;
        }
        let rest = std::mem::take(&mut self.0);
        // Outside a runtime the connection is gone too.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LINGER, discard(rest)));
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = LINGER_BYTES_MAX;
    let mut frame =
        async || std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    while let Some(Ok(frame)) = frame().await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
