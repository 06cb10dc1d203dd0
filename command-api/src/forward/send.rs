//! Requests to owners: what of the original one goes with them.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use docket_schemas::control::Claimed;
use docket_service::telemetry::TraceContext;
use futures::stream;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use hyper_util::client::legacy::ResponseFuture;
use tokio::sync::mpsc;

use super::{FORWARDED, Forwarding, addressee};
use crate::http::headers::{IDEMPOTENCY_KEY, OCCURRED_AT};

/// Lines of a bulk request gathered into one chunk, if so many are there.
const CHUNK_BYTES: usize = 16 << 10;

impl Forwarding {
    /// Opens a bulk request to an owner; its lines are those that are sent to the returned channel
    /// until that is dropped.
    pub(crate) fn bulk(
        &self,
        owner: &Claimed,
        headers: &HeaderMap,
        trace: TraceContext,
    ) -> (mpsc::UnboundedSender<Bytes>, Option<ResponseFuture>) {
        let (lines, gathered) = mpsc::unbounded_channel();
        let body = Body::from_stream(stream::unfold(gathered, chunk));
        let path = PathAndQuery::from_static("/v1/commands");
        (
            lines,
            self.request(owner, Some(&path), headers, trace, body),
        )
    }

    /// Sends a request on to an owner, with those of its headers that mean something there. None
    /// if it names no address that a request can be sent to.
    pub(super) fn request(
        &self,
        owner: &Claimed,
        path: Option<&PathAndQuery>,
        headers: &HeaderMap,
        trace: TraceContext,
        body: Body,
    ) -> Option<ResponseFuture> {
        let path = path.map_or("/", PathAndQuery::as_str);
        let uri = Uri::builder()
            .scheme("http")
            .authority(owner.address.as_str())
            .path_and_query(path)
            .build()
            .ok()?;
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let sent = request.headers_mut();
        for name in [
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IDEMPOTENCY_KEY,
            OCCURRED_AT,
        ] {
            for value in headers.get_all(&name) {
                sent.append(&name, value.clone());
            }
        }
        if let Ok(trace) = HeaderValue::try_from(trace.to_string()) {
            sent.insert(TraceContext::HEADER, trace);
        }
        sent.insert(FORWARDED, addressee::meant_for(self.log, owner.writer));
        Some(self.client.request(request))
    }
}

/// Lines that are there, in one chunk.
async fn chunk(
    mut lines: mpsc::UnboundedReceiver<Bytes>,
) -> Option<(Result<Bytes, Infallible>, mpsc::UnboundedReceiver<Bytes>)> {
    let mut chunk = BytesMut::new();
    let mut next = lines.recv().await;
    while let Some(line) = next {
        chunk.extend_from_slice(&line);
        chunk.extend_from_slice(b"\n");
        next = (chunk.len() < CHUNK_BYTES)
            .then(|| lines.try_recv().ok())
            .flatten();
    }
    (!chunk.is_empty()).then(|| (Ok(chunk.freeze()), lines))
}
