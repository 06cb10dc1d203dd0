//! A server on a port of its own, with a route for each thing that can happen to a request.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Router, extract::State};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Verifier};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::TraceContext;
use docket_service::{Caller, Json, Path, Query, Shutdown};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

#[derive(Clone)]
struct AppState {
    verifier: Verifier,
    gate: Arc<Gate>,
}

impl FromRef<AppState> for Verifier {
    fn from_ref(state: &AppState) -> Self {
        state.verifier.clone()
    }
}

/// A request that waits inside its handler.
#[derive(Default)]
pub(crate) struct Gate {
    pub(crate) entered: Notify,
    pub(crate) opened: Notify,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    subject: String,
    place: Option<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[expect(dead_code, reason = "only parsed")]
    latitude: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: Option<u16>,
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) edge: Edge,
    pub(crate) gate: Arc<Gate>,
    pub(crate) issuer: DevelopmentIssuer,
    pub(crate) server: JoinHandle<()>,
    pub(crate) client: Client,
    _directory: tempfile::TempDir,
}

fn routes(state: AppState) -> Router {
    Router::new()
        .route(
            "/echo",
            post(|Json(body): Json<Body>| async move {
                format!("{} {}", body.subject, body.place.is_some())
            }),
        )
        .route(
            "/items/{id}",
            get(
                |Path(id): Path<Uuid>, Query(page): Query<Page>| async move {
                    format!("{id} {:?}", page.limit)
                },
            ),
        )
        .route("/me", get(|caller: Caller| async move { caller.subject }))
        .route(
            "/trace",
            get(|trace: TraceContext| async move { trace.to_string() }),
        )
        .route("/panic", get(|| async { panic!("on purpose") as () }))
        .route("/never", get(std::future::pending::<()>))
        .route(
            "/gate",
            get(|State(AppState { gate, .. }): State<AppState>| async move {
                gate.entered.notify_one();
                gate.opened.notified().await;
                "through"
            }),
        )
        .with_state(state)
}

pub(crate) async fn start(change: impl FnOnce(&mut HttpConfig)) -> Running {
    let directory = tempfile::tempdir().expect("a directory");
    let auth = AuthConfig {
        key_file: directory.path().join("key"),
        ..AuthConfig::default()
    };
    let issuer = DevelopmentIssuer::open(&auth).expect("a key");
    let mut http = HttpConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        ..HttpConfig::default()
    };
    change(&mut http);
    let shutdown = Shutdown::new();
    let gate = Arc::new(Gate::default());
    let state = AppState {
        verifier: issuer.verifier(),
        gate: Arc::clone(&gate),
    };
    let api = server::api(routes(state), "test", &http);
    let listener = server::bind(&http).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let edge = Edge::new(http, &shutdown);
    let server = tokio::spawn(server::serve(listener, api, edge.clone()));
    Running {
        address,
        edge,
        gate,
        issuer,
        server,
        client: Client::new(),
        _directory: directory,
    }
}

impl Running {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client
            .get(self.url(path))
            .send()
            .await
            .expect("an answer")
    }

    pub(crate) async fn post(
        &self,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let request = self
            .client
            .post(self.url("/echo"))
            .header("content-type", content_type);
        request.body(body).send().await.expect("an answer")
    }
}

#[track_caller]
fn check_problem(response: &Response, status: u16) {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
}

pub(crate) async fn problem(response: Response, status: u16) -> Value {
    check_problem(&response, status);
    let document: Value = response.json().await.expect("JSON");
    assert_eq!(document["status"], status);
    document
}
