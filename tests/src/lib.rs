//! A whole Docket in the test's own process, on servers of the test's choosing, so that the test
//! can take them away.

use std::time::Duration;

use docket_command_api::{CommandApi, CommandConfig};
use docket_event_log::{Log, LogConfig};
use docket_projectors::read_model;
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::telemetry::TelemetryConfig;
use docket_service::{Role, Shutdown};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

/// Everything between a client and the servers: both APIs on one port, and the projector.
#[derive(Debug)]
pub struct Site {
    /// Where both APIs answer.
    pub url: String,
    /// Its log.
    pub log: Log,
    http: reqwest::Client,
    issuer: Issuer,
    shutdown: Shutdown,
    api: CommandApi,
    projector: read_model::Handle,
    server: tokio::task::JoinHandle<()>,
    _keys: tempfile::TempDir,
}

/// Not shown: it knows the key.
struct Issuer(DevelopmentIssuer);

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issuer")
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub text: String,
    /// The same, read; null if it isn't JSON.
    pub body: Value,
}

impl Site {
    /// Starts it and waits until the log has been read.
    pub async fn start(log: &LogConfig, views: &str) -> Self {
        let log = docket_event_log::open(log).await.expect("the log opens");
        Self::on(log, views).await
    }

    /// The same on a log that is open.
    pub async fn on(log: Log, views: &str) -> Self {
        let _ = docket_service::telemetry::init(&TelemetryConfig::default());
        let keys = tempfile::tempdir().expect("a directory for the token key");
        let auth = AuthConfig {
            key_file: keys.path().join("key"),
            ..AuthConfig::default()
        };
        let issuer = DevelopmentIssuer::open(&auth).expect("a token key");
        let shutdown = Shutdown::new();
        let http = HttpConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            ..HttpConfig::default()
        };
        let listener = server::bind(&http).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let edge = Edge::new(http.clone(), &shutdown);
        let api = CommandApi::start(log.clone(), CommandConfig::default(), &edge.health)
            .await
            .expect("the command API starts");
        let views = read_model::PgConfig::new(views);
        let projector = read_model::start(log.clone(), views, &edge.health, &shutdown);
        let routes = server::api(api.router(issuer.verifier()), "command-api", &http);
        let server = tokio::spawn(server::serve(listener, routes, edge));
        api.caught_up().await.expect("the log can be read");
        Self {
            url,
            log,
            http: reqwest::Client::new(),
            issuer: Issuer(issuer),
            shutdown,
            api,
            projector,
            server,
            _keys: keys,
        }
    }

    /// A token.
    pub fn token(&self, subject: &str, role: Role) -> String {
        let hour = Duration::from_hours(1);
        self.issuer.0.token(subject, role, hour).expect("a token")
    }

    /// Sends a command in a manager's name; an answer that never came is 503.
    pub async fn command(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self
            .http
            .request(Method::POST, format!("{}{path}", self.url))
            .bearer_auth(self.token("manager", Role::Manager))
            .header("idempotency-key", key)
            .json(body);
        Answer::of(request).await
    }

    /// Reads something in a manager's name.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self
            .http
            .request(Method::GET, format!("{}{path}", self.url))
            .bearer_auth(self.token("manager", Role::Manager));
        Answer::of(request).await
    }

    /// Opens a ticket, repeating with the same key until it is told the outcome. How often it was
    /// sent away stands beside the ticket.
    pub async fn open_for_certain(&self, key: &str) -> (Uuid, u32) {
        let body = serde_json::json!({
            "caller": { "name": "Somebody" }, "channel": "phone", "subject": "No light",
        });
        let mut sent_away = 0;
        loop {
            let answer = self.command("/v1/tickets", key, &body).await;
            match answer.status {
                StatusCode::CREATED => return (answer.ticket(), sent_away),
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => sent_away += 1,
                _ => panic!("{answer:?}"),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Stops it in order.
    pub async fn stop(self) {
        self.shutdown.request();
        self.api
            .stop()
            .await
            .expect("accepted commands are finished");
        self.projector.stopped().await;
        self.server.await.expect("the server ends");
    }
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let Ok(response) = request.send().await else {
            return Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                text: String::new(),
                body: Value::Null,
            };
        };
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status, text, body }
    }

    /// The ticket that it is about.
    pub fn ticket(&self) -> Uuid {
        let id = self.body["ticket"].as_str().or(self.body["id"].as_str());
        id.and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no ticket in {self:?}"))
    }

    /// The kind of problem: the end of its `type`.
    pub fn problem(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default()
    }
}
