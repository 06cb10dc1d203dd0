//! The HTTP edge: what every request goes through, and how connections begin and end.
//!
//! An API wraps its routes with [`api`]; a process merges its APIs and hands them to [`serve`].
//! Every limit is explicit, every error is a problem document, and a stop finishes what was
//! accepted.

mod around;
mod connections;
mod linger;
mod series;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler as _;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::config::{Check, ConfigError};
use crate::health::Health;
use crate::problem::{method_not_allowed, unknown_path};
use crate::shutdown::Shutdown;
use crate::telemetry::Metrics;

use self::around::{Around, around};

/// Where to listen, and the limits of a request and a connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port; port 0 takes a free one. Default: `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The largest body, in bytes, of a route that doesn't set its own. Default: 131,072.
    pub body_bytes_max: usize,
    /// How long until an answer begins, in milliseconds; then it is 503. Default: 30,000.
    pub request_timeout_ms: u64,
    /// How long a client may take to send a request's head, in milliseconds. Default: 10,000.
    pub head_timeout_ms: u64,
    /// Open connections; the next one waits until one closes. Default: 10,000.
    pub connections_max: usize,
    /// How long to go on accepting, in milliseconds, after readiness has gone: the time a load
    /// balancer needs to see it. Default: 0.
    pub unready_before_stop_ms: u64,
    /// How long requests may take to finish in a stop, in milliseconds. Default: 20,000.
    pub drain_timeout_ms: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            body_bytes_max: 128 * 1024,
            request_timeout_ms: 30_000,
            head_timeout_ms: 10_000,
            connections_max: 10_000,
            unready_before_stop_ms: 0,
            drain_timeout_ms: 20_000,
        }
    }
}

impl Check for HttpConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nothing would work";
        ConfigError::unless(self.body_bytes_max > 0, "http.body_bytes_max", none)?;
        ConfigError::unless(self.request_timeout_ms > 0, "http.request_timeout_ms", none)?;
        ConfigError::unless(self.head_timeout_ms > 0, "http.head_timeout_ms", none)?;
        ConfigError::unless(self.connections_max > 0, "http.connections_max", none)
    }
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("can't listen on {listen} (http.listen)")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// What a process shares with its edge.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The limits.
    pub http: HttpConfig,
    /// Behind `/livez` and `/readyz`.
    pub health: Health,
    /// Behind `/metrics`.
    pub metrics: Metrics,
    /// When to stop.
    pub shutdown: Shutdown,
}

impl Edge {
    /// With health and metrics of its own.
    pub fn new(http: HttpConfig, shutdown: &Shutdown) -> Self {
        Self {
            http,
            health: Health::new(shutdown),
            metrics: Metrics::install(),
            shutdown: shutdown.clone(),
        }
    }
}

/// Takes the address, so that a process that can't have it ends before it starts anything.
pub async fn bind(http: &HttpConfig) -> Result<TcpListener, Error> {
    let listen = http.listen;
    let bound = TcpListener::bind(listen).await;
    bound.map_err(|source| Error::Listen { listen, source })
}

/// An API's routes with everything around them: trace, metrics (labelled `service`), the limits,
/// and problem documents for panics and timeouts. A route may set a
/// [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit) of its own. The time limit holds until the
/// answer's head, so streams may last.
pub fn api(routes: Router, service: &'static str, http: &HttpConfig) -> Router {
    routes.layer(from_fn_with_state(Around::new(service, http), around))
}

/// Serves `apis` (each made by [`api`], merged) with health and metrics, until the end is asked
/// for and every request is answered, or the time for that is up.
pub async fn serve(listener: TcpListener, apis: Router, edge: Edge) {
    let upkeep = tokio::spawn(edge.metrics.clone().keep_up());
    connections::serve(listener, router(apis, &edge), &edge).await;
    upkeep.abort();
}

/// What [`serve`] serves, for tests that need no socket.
pub fn router(apis: Router, edge: &Edge) -> Router {
    let observed = || from_fn_with_state(Around::new("edge", &edge.http), around);
    let ends = Ends {
        small: edge.http.body_bytes_max,
        shutdown: edge.shutdown.clone(),
    };
    apis.merge(edge.health.router())
        .merge(edge.metrics.router())
        .fallback(unknown_path.layer(observed()))
        .method_not_allowed_fallback(method_not_allowed.layer(observed()))
        .layer(from_fn_with_state(ends, first_and_last))
}

/// For the two ends of a connection.
#[derive(Clone)]
struct Ends {
    /// See [`linger::linger`].
    small: usize,
    shutdown: Shutdown,
}

/// One middleware and not two: axum clones and boxes whatever lies within each of them, for every
/// request.
async fn first_and_last(State(ends): State<Ends>, request: Request, next: Next) -> Response {
    let version = request.version();
    let mut response = next.run(linger::linger(ends.small, request)).await;
    connections::last_words(&ends.shutdown, version, &mut response);
    response
}
