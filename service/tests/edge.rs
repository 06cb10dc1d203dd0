//! The HTTP edge over real sockets: whatever a client sends, a problem document comes back.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Router, extract::State};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Verifier};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::TraceContext;
use docket_service::{Caller, Json, Path, Query, Role, Shutdown};
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
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
struct Gate {
    entered: Notify,
    opened: Notify,
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

struct Running {
    address: SocketAddr,
    edge: Edge,
    gate: Arc<Gate>,
    issuer: DevelopmentIssuer,
    server: JoinHandle<()>,
    client: Client,
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

async fn start(change: impl FnOnce(&mut HttpConfig)) -> Running {
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
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn get(&self, path: &str) -> Response {
        self.client
            .get(self.url(path))
            .send()
            .await
            .expect("an answer")
    }

    async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
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

async fn problem(response: Response, status: u16) -> Value {
    check_problem(&response, status);
    let document: Value = response.json().await.expect("JSON");
    assert_eq!(document["status"], status);
    document
}

#[tokio::test]
async fn a_good_body_arrives() {
    let running = start(|_| {}).await;
    let body = r#"{"subject": "Printer\u0000", "place": {"latitude": 1}}"#;
    let response = running.post("application/json; charset=utf-8", body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.expect("text"), "Printer\0 true");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_malformed_with_its_place() {
    let running = start(|_| {}).await;
    for (body, column) in [
        (&br#"{"subject": }"#[..], 13),
        (br#"{"subject": "x"} x"#, 18),
        (br#"{"subject": "\ud800"}"#, 20),
        (b"{\"subject\": \"\xff\"}", 14),
        (b"", 0),
    ] {
        let document = problem(running.post("application/json", body).await, 400).await;
        assert_eq!(document["type"], "https://docket.dev/problems/malformed");
        assert_eq!(document["column"], column, "{document}");
    }
}

#[tokio::test]
async fn a_wrong_field_is_named_with_its_path() {
    let running = start(|_| {}).await;
    for (body, field) in [
        (json!({}), "subject"),
        (json!({"subject": 7}), "subject"),
        (json!({"subject": "x", "colour": "red"}), "colour"),
        (
            json!({"subject": "x", "place": {"latitude": "north"}}),
            "place.latitude",
        ),
        (json!({"subject": "x", "place": {}}), "place.latitude"),
        (
            json!({"subject": "x", "place": {"latitude": 1, "altitude": 2}}),
            "place.altitude",
        ),
        (json!([]), "body"),
    ] {
        let sent = running.post("application/json", body.to_string()).await;
        let document = problem(sent, 422).await;
        assert_eq!(document["errors"][0]["field"], field, "{document}");
    }
}

#[tokio::test]
async fn ten_megabytes_and_another_type_are_refused() {
    let running = start(|_| {}).await;
    let large = format!("{{\"subject\": \"{}\"}}", "x".repeat(10_000_000));
    let document = problem(running.post("application/json", large).await, 413).await;
    assert_eq!(
        document["type"],
        "https://docket.dev/problems/body-too-large"
    );
    problem(running.post("text/plain", "{}").await, 415).await;
}

#[tokio::test]
async fn who_sends_ten_megabytes_before_reading_gets_the_answer_too() {
    let running = start(|_| {}).await;
    let mut stream = TcpStream::connect(running.address)
        .await
        .expect("it accepts");
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 10000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    stream
        .write_all(&vec![b' '; 10_000_000])
        .await
        .expect("all of it is taken");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn bad_paths_queries_and_methods_are_problems() {
    let running = start(|_| {}).await;
    problem(running.get("/items/42").await, 400).await;
    let id = Uuid::nil();
    let document = problem(running.get(&format!("/items/{id}?limit=many")).await, 422).await;
    assert_eq!(document["errors"][0]["field"], "limit");
    let document = problem(running.get(&format!("/items/{id}?colour=red")).await, 422).await;
    assert_eq!(document["errors"][0]["field"], "colour");
    problem(running.get("/nothing/here").await, 404).await;
    let wrong_method = running.get("/echo").await;
    assert_eq!(wrong_method.headers()["allow"], "POST");
    problem(wrong_method, 405).await;
}

#[tokio::test]
async fn without_a_valid_token_nobody_gets_in() {
    let running = start(|_| {}).await;
    let send = async |header: Option<String>| {
        let mut request = running.client.get(running.url("/me"));
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        request.send().await.expect("an answer")
    };
    for header in [None, Some("Basic YTpi".into()), Some("Bearer".into())] {
        let response = send(header).await;
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer realm=\"docket\""
        );
        problem(response, 401).await;
    }
    let response = send(Some("Bearer x.y.z".into())).await;
    let challenge = response.headers()["www-authenticate"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(challenge.contains("invalid_token"), "{challenge}");
    problem(response, 401).await;
    let minute = std::time::Duration::from_mins(1);
    let token = running
        .issuer
        .token("ada", Role::Customer, minute)
        .expect("it signs");
    let response = send(Some(format!("bearer {token}"))).await;
    assert_eq!(response.text().await.expect("text"), "ada");
}

#[tokio::test]
async fn a_panic_and_a_timeout_are_problems_with_the_trace() {
    let running = start(|http| http.request_timeout_ms = 50).await;
    for (path, status) in [("/panic", 500), ("/never", 503)] {
        let response = running.get(path).await;
        let trace = response.headers()["traceparent"]
            .to_str()
            .expect("text")
            .to_owned();
        let document = problem(response, status).await;
        let instance = format!("urn:docket:trace:{}", &trace[3..35]);
        assert_eq!(document["instance"], instance);
    }
}

#[tokio::test]
async fn the_senders_trace_goes_on_in_the_handler_and_the_answer() {
    let running = start(|_| {}).await;
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = running
        .client
        .get(running.url("/trace"))
        .header("traceparent", sent);
    let response = request.send().await.expect("an answer");
    let answered = response.headers()["traceparent"]
        .to_str()
        .expect("text")
        .to_owned();
    assert_eq!(answered[..36], sent[..36]);
    assert_ne!(answered, sent);
    assert_eq!(response.text().await.expect("text"), answered);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let running = start(|_| {}).await;
    running.get(&format!("/items/{}", Uuid::max())).await;
    let metrics = running.get("/metrics").await.text().await.expect("text");
    let counted = "docket_http_requests_total{service=\"test\",method=\"GET\",route=\"/items/{id}\",status=\"200\"}";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(
        metrics.contains("docket_http_request_duration_seconds_bucket"),
        "{metrics}"
    );
    assert!(!metrics.contains(&Uuid::max().to_string()), "{metrics}");
}

#[tokio::test]
async fn readiness_follows_its_parts_and_liveness_does_not() {
    let running = start(|_| {}).await;
    assert_eq!(running.get("/readyz").await.status(), 200);
    let log = running.edge.health.component("log");
    let document = problem(running.get("/readyz").await, 503).await;
    assert_eq!(document["components"]["log"], "starting");
    log.ok();
    assert_eq!(running.get("/readyz").await.status(), 200);
    log.failing("broker gone");
    let verbose = running.get("/readyz?verbose").await;
    assert_eq!(verbose.status(), 503);
    assert_eq!(
        verbose.text().await.expect("text"),
        "[-] log: broker gone\n"
    );
    assert_eq!(running.get("/livez").await.status(), 200);
}

#[tokio::test]
async fn a_stop_answers_what_was_accepted_and_takes_nothing_new() {
    let running = start(|_| {}).await;
    let waiting = tokio::spawn(running.client.get(running.url("/gate")).send());
    running.gate.entered.notified().await;
    running.edge.shutdown.request();
    assert!(running.edge.health.ready().is_err());
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // On this single thread everything that can run has run after so many turns.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(
        !running.server.is_finished(),
        "it ended before its request did"
    );
    running.gate.opened.notify_one();
    let response = waiting.await.expect("it ran").expect("an answer");
    assert_eq!(response.text().await.expect("text"), "through");
    running.server.await.expect("it ends");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let running = start(|http| http.drain_timeout_ms = 20).await;
    let _waiting = tokio::spawn(running.client.get(running.url("/gate")).send());
    running.gate.entered.notified().await;
    running.edge.shutdown.request();
    running
        .server
        .await
        .expect("it ends though the request did not");
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_cut_off() {
    let running = start(|http| http.head_timeout_ms = 50).await;
    let mut slow = TcpStream::connect(running.address)
        .await
        .expect("it accepts");
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ")
        .await
        .expect("it is sent");
    let mut answer = Vec::new();
    // Ends, with or without an answer, because the server closes.
    let _ = slow.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}
