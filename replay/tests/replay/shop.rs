//! A command API and a router on a log, consultants who wait, and tickets for them.

use std::net::SocketAddr;
use std::time::Duration;

use docket_command_api::{CommandApi, CommandConfig};
use docket_domain::TicketEvent;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::{Cursor, Log, LogConfig, Partition, Reader, Record, open};
use docket_process_managers::commands::{CommandsConfig, Sender};
use docket_process_managers::fact::Told;
use docket_process_managers::manager;
use docket_process_managers::router::{Router, RouterConfig, Weights};
use docket_service::Shutdown;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role};
use docket_service::health::Health;
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::SurveyLinks;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Past this, something hangs.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Shop {
    pub(crate) log: Log,
    pub(crate) directory: tempfile::TempDir,
    api: CommandApi,
    url: String,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
    http: reqwest::Client,
    administrator: String,
    service: String,
}

/// A router that runs until it is stopped.
pub(crate) struct Routing {
    handle: manager::Handle,
    shutdown: Shutdown,
}

impl Routing {
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.handle.stopped().await;
    }
}

impl Shop {
    pub(crate) async fn open(config: &LogConfig) -> Self {
        let log = open(config).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let issuer = DevelopmentIssuer::open(&AuthConfig {
            key_file: directory.path().join("docket.key"),
            ..AuthConfig::default()
        });
        let issuer = issuer.unwrap();
        let token = |subject, role| issuer.token(subject, role, Duration::from_mins(10));
        let http = HttpConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..HttpConfig::default()
        };
        let shutdown = Shutdown::new();
        let edge = Edge::new(http.clone(), &shutdown);
        let api = CommandApi::start(Log::clone(&log), CommandConfig::default(), &edge.health);
        let api = api.await.unwrap();
        api.caught_up().await.unwrap();
        let routes = api.router(issuer.verifier(), SurveyLinks::default());
        let routes = server::api(routes, "command-api", &http);
        let listener = server::bind(&http).await.unwrap();
        Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            serving: tokio::spawn(server::serve(listener, routes, edge)),
            administrator: token("ada", Role::Administrator).unwrap(),
            service: token("router", Role::Service).unwrap(),
            http: reqwest::Client::new(),
            log,
            api,
            shutdown,
            directory,
        }
    }

    pub(crate) fn route(&self) -> Routing {
        let commands = CommandsConfig {
            urls: vec![self.url.clone()],
            ..CommandsConfig::default()
        };
        let config = RouterConfig {
            takeover_ms: 200,
            // Each second counts: a decision is the same at its own time only.
            weights: Weights {
                half_idle_s: 1,
                ..Weights::default()
            },
            ..RouterConfig::default()
        };
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let sender = Sender::with_token(&commands, self.service.clone()).unwrap();
        let router = Router::new(&config, self.log.identity().partitions);
        let handle = manager::start(router, &self.log, &sender, &health, &shutdown);
        Routing { handle, shutdown }
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .bearer_auth(token)
            .header("Idempotency-Key", Uuid::new_v4().to_string())
            .json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// At work, so far north of the ticket.
    pub(crate) async fn hire(&self, id: Uuid, name: &str, language: &str, north: f64) {
        let hire = json!({"id": id, "name": name, "capacity": 40, "languages": [language]});
        let place = json!({"place": {"latitude": 52.0 + north, "longitude": 13.0}});
        let there = json!({"availability": "available"});
        for (path, body) in [
            ("/v1/consultants".to_owned(), hire),
            (format!("/v1/consultants/{id}/place"), place),
            (format!("/v1/consultants/{id}/availability"), there),
        ] {
            self.post(&self.administrator, &path, body).await;
        }
    }

    pub(crate) async fn set_hours(&self, id: Uuid, hours: Value) {
        let path = format!("/v1/consultants/{id}/availability");
        self.post(&self.administrator, &path, json!({"hours": hours}))
            .await;
    }

    /// Its id, and its number.
    pub(crate) async fn open_ticket(&self) -> (Uuid, String) {
        let body = json!({
            "caller": {"name": "Kim"},
            "channel": "phone",
            "subject": "Till 3 prints nothing",
            "language": "de",
            "place": {"latitude": 52.0, "longitude": 13.0},
        });
        let opened = self.post(&self.administrator, "/v1/tickets", body).await;
        let id = opened["ticket"].as_str().unwrap().parse().unwrap();
        (id, opened["number"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn ask(&self, ticket: Uuid, command: &str, body: Value) {
        let path = format!("/v1/tickets/{ticket}/{command}");
        self.post(&self.administrator, &path, body).await;
    }

    /// As a router does it, whatever it decided.
    pub(crate) async fn assign(&self, ticket: Uuid, body: Value) {
        let path = format!("/v1/tickets/{ticket}/assign");
        self.post(&self.service, &path, body).await;
    }

    /// Routers' assignments as they lie in the log, by ticket, until there are so many.
    pub(crate) async fn assignments(&self, count: usize) -> Vec<(Uuid, Value)> {
        let began = Instant::now();
        loop {
            let found = self.assignments_now().await;
            if found.len() >= count {
                assert_eq!(found.len(), count, "no more");
                return found;
            }
            assert!(began.elapsed() < DEADLINE, "{} of {count}", found.len());
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn assignments_now(&self) -> Vec<(Uuid, Value)> {
        let mut found = Vec::new();
        for partition in (0..self.log.identity().partitions).map(Partition) {
            let end = self.log.end(partition).await.unwrap();
            let cursor = Cursor::start(self.log.identity().log_id, partition);
            let mut reader = Reader::open(&self.log, &[cursor]).await.unwrap().remove(0);
            while !reader.cursor().has_reached(end) {
                let batch = reader.next().await.unwrap();
                let routed = |record: &Record| {
                    let fact = Told::of(partition, record).fact?;
                    let (StreamId::Ticket(id), Some((event, _))) = (fact.stream, fact.event) else {
                        return None;
                    };
                    let data = || serde_json::from_slice(&record.data).unwrap();
                    matches!(
                        event,
                        Event::Ticket(TicketEvent::Assigned {
                            decision: Some(_),
                            ..
                        })
                    )
                    .then(|| (id.0, data()))
                };
                found.extend(batch.records.iter().filter_map(routed));
            }
        }
        found
    }

    pub(crate) async fn close(self) {
        self.shutdown.request();
        self.serving.await.unwrap();
        self.api.stop().await.unwrap();
    }
}
