//! Connections from the first byte to the last: axum's own `serve` has no limit for a slow head,
//! nor for how long a stop may take.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::header::CONNECTION;
use http::{HeaderValue, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::{Edge, HttpConfig};
use crate::shutdown::Shutdown;

/// How long requests that are on their way when the listener closes have to arrive.
const LAST_REQUESTS: Duration = Duration::from_millis(50);

/// A connection, and its place among those that may be open.
type Newcomer = (TcpStream, Option<OwnedSemaphorePermit>);

/// Accepts until the end is asked for, then lets requests finish.
pub(super) async fn serve(listener: TcpListener, router: Router, edge: &Edge) {
    let http = &edge.http;
    let builder = builder(http);
    let open = Arc::new(Semaphore::new(http.connections_max));
    let graceful = GracefulShutdown::new();
    let stop = async {
        edge.shutdown.requested().await;
        // Readiness is gone; whoever has not seen it yet is still served.
        sleep(Duration::from_millis(http.unready_before_stop_ms)).await;
    };
    tokio::pin!(stop);
    let serve_one = |(stream, permit): Newcomer| {
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // A client that goes away is no fault of ours.
                tracing::debug!(error, "a connection ended early");
            }
            drop(permit);
        });
    };
    loop {
        tokio::select! {
            newcomer = accept(&listener, &open) => serve_one(newcomer),
            () = &mut stop => break,
        }
    }
    // Whoever was let in by the system before the end is let in by us.
    while let Ok(newcomer) = timeout(Duration::ZERO, accept(&listener, &open)).await {
        serve_one(newcomer);
    }
    // Closed to newcomers before the rest finishes.
    drop(listener);
    // A connection on which nothing has been read yet would be closed at once, with a request that
    // is on its way: a moment for those.
    sleep(LAST_REQUESTS).await;
    let left = graceful.count();
    let limit = Duration::from_millis(http.drain_timeout_ms);
    if timeout(limit, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            of = left,
            "stopped with requests still open (http.drain_timeout_ms)"
        );
    }
}

fn builder(http: &HttpConfig) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(http.head_timeout_ms));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// From the moment the end was asked for, each answer tells its client to come back over another
/// connection, so that few are left to be closed under somebody's next request.
pub(super) fn last_words(shutdown: &Shutdown, version: Version, response: &mut Response) {
    // HTTP/2 says it in another way, by itself.
    if version < Version::HTTP_2 && shutdown.is_requested() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
}

async fn accept(listener: &TcpListener, open: &Arc<Semaphore>) -> Newcomer {
    // The semaphore is never closed, so there is always a permit in the end.
    let permit = Arc::clone(open).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and wait for nobody's acknowledgement.
                let _ = stream.set_nodelay(true);
                return (stream, permit);
            }
            Err(error) => {
                // Out of file descriptors, mostly: a pause lets some connections end.
                tracing::warn!(%error, "can't accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
