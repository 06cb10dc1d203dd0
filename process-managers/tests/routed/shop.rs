//! A command API, those who use it, and what lies in the log in the end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use docket_command_api::{CommandApi, CommandConfig};
use docket_domain::TicketEvent;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::{Cursor, Log, LogConfig, Partition, Reader};
use docket_process_managers::fact::Told;
use docket_service::Shutdown;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::SurveyLinks;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Past this, something hangs.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Shop {
    log: Log,
    api: CommandApi,
    address: SocketAddr,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
    http: reqwest::Client,
    administrator: String,
    directory: tempfile::TempDir,
}

/// An assignment as it lies in the log.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) ticket: Uuid,
    pub(crate) consultant: Uuid,
    pub(crate) decided: bool,
}

impl Shop {
    pub(crate) async fn open(config: &LogConfig) -> Self {
        let log = docket_event_log::open(config).await.expect("the log opens");
        let directory = tempfile::tempdir().expect("a directory");
        let issuer = DevelopmentIssuer::open(&AuthConfig {
            key_file: directory.path().join("docket.key"),
            ..AuthConfig::default()
        });
        let issuer = issuer.expect("a key");
        let token = |subject, role| {
            let token = issuer.token(subject, role, Duration::from_mins(10));
            token.expect("a token")
        };
        std::fs::write(
            directory.path().join("service.token"),
            token("router", Role::Service),
        )
        .expect("a token file");
        let http = HttpConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..HttpConfig::default()
        };
        let shutdown = Shutdown::new();
        let edge = Edge::new(http.clone(), &shutdown);
        let api = CommandApi::start(Log::clone(&log), CommandConfig::default(), &edge.health)
            .await
            .expect("the command API starts");
        api.caught_up().await.expect("the log is read");
        let routes = api.router(issuer.verifier(), SurveyLinks::default());
        let routes = server::api(routes, "command-api", &http);
        let listener = server::bind(&http).await.expect("a free port");
        Self {
            address: listener.local_addr().expect("an address"),
            serving: tokio::spawn(server::serve(listener, routes, edge)),
            administrator: token("ada", Role::Administrator),
            http: reqwest::Client::new(),
            log,
            api,
            shutdown,
            directory,
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn token_file(&self) -> PathBuf {
        self.directory.path().join("service.token")
    }

    /// The command API behind one that isn't there, as a configuration names them.
    pub(crate) fn urls(&self) -> String {
        format!("[\"http://127.0.0.1:9\", \"http://{}\"]", self.address)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .bearer_auth(&self.administrator)
            .header("Idempotency-Key", Uuid::new_v4().to_string())
            .json(&body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// At work, with room for so many tickets.
    pub(crate) async fn hire(&self, id: Uuid, capacity: u32) {
        let body = json!({"id": id, "name": "Somebody", "capacity": capacity});
        self.post("/v1/consultants", body).await;
        let body = json!({"availability": "available"});
        self.post(&format!("/v1/consultants/{id}/availability"), body)
            .await;
    }

    pub(crate) async fn open_tickets(&self, count: usize) -> Vec<Uuid> {
        let mut tickets = Vec::new();
        for _ in 0..count {
            let body = json!({
                "caller": {"name": "Kim"},
                "channel": "phone",
                "subject": "Till 3 prints nothing"
            });
            let opened = self.post("/v1/tickets", body).await;
            let id = opened["ticket"].as_str().and_then(|id| id.parse().ok());
            tickets.push(id.expect("a ticket's id"));
        }
        tickets
    }

    pub(crate) async fn ask(&self, ticket: Uuid, command: &str, body: Value) {
        self.post(&format!("/v1/tickets/{ticket}/{command}"), body)
            .await;
    }

    pub(crate) async fn wait_until_assigned(&self, tickets: &[Uuid]) {
        let began = Instant::now();
        loop {
            let given = self.assignments().await;
            let is_given = |id: &&Uuid| given.iter().any(|it| it.ticket == **id);
            if tickets.iter().filter(is_given).count() == tickets.len() {
                return;
            }
            if began.elapsed() > DEADLINE {
                for name in ["first", "second", "third"] {
                    let told = self.directory().join(format!("{name}.log"));
                    let told = std::fs::read_to_string(told).unwrap_or_default();
                    eprintln!("{name}:\n{told}");
                }
                panic!("not all are assigned: {given:?}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// All of them, from the log.
    pub(crate) async fn assignments(&self) -> Vec<Given> {
        let mut found = Vec::new();
        for partition in (0..self.log.identity().partitions).map(Partition) {
            let end = self.log.end(partition).await.expect("an end");
            let cursor = Cursor::start(self.log.identity().log_id, partition);
            let mut readers = Reader::open(&self.log, &[cursor]).await.expect("a reader");
            while !readers[0].cursor().has_reached(end) {
                let batch = readers[0].next().await.expect("readable");
                found.extend(batch.records.iter().filter_map(|record| {
                    let fact = Told::of(partition, record).fact?;
                    match (fact.stream, fact.event) {
                        (
                            StreamId::Ticket(ticket),
                            Some((
                                Event::Ticket(TicketEvent::Assigned {
                                    consultant,
                                    decision,
                                }),
                                _,
                            )),
                        ) => Some(Given {
                            ticket: ticket.0,
                            consultant: consultant.0,
                            decided: decision.is_some(),
                        }),
                        _ => None,
                    }
                }));
            }
        }
        found
    }

    pub(crate) async fn close(self) {
        self.shutdown.request();
        self.serving.await.expect("the edge ends");
        self.api.stop().await.expect("everything was settled");
    }
}
