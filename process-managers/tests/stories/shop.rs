//! A command API, those who use it, and what lies in the log in the end.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use docket_command_api::{CommandApi, CommandConfig};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::SurveyEvent;
use docket_domain::{TicketEvent, Timestamp};
use docket_event_log::{Cursor, Log, LogConfig, Partition, Reader};
use docket_process_managers::fact::Told;
use docket_service::Shutdown;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::{SurveyLink, SurveyLinks};
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
    importer: String,
    links: SurveyLinks,
    directory: tempfile::TempDir,
}

/// An assignment as it lies in the log.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) ticket: Uuid,
    pub(crate) consultant: Uuid,
    pub(crate) decided: bool,
}

/// An invitation as it lies in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Asked {
    pub(crate) ticket: Uuid,
    pub(crate) closing: NonZeroU32,
    pub(crate) expires_at: Timestamp,
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
        let links = SurveyLinks::open_or_make(&directory.path().join("survey.key"));
        let links = links.expect("a key");
        let routes = api.router(issuer.verifier(), links.clone());
        let routes = server::api(routes, "command-api", &http);
        let listener = server::bind(&http).await.expect("a free port");
        Self {
            address: listener.local_addr().expect("an address"),
            serving: tokio::spawn(server::serve(listener, routes, edge)),
            administrator: token("ada", Role::Administrator),
            importer: token("ida", Role::Importer),
            links,
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
        self.post_as(&self.administrator, path, body).await
    }

    /// As somebody who brings history.
    pub(crate) async fn import(&self, path: &str, body: Value) -> Value {
        self.post_as(&self.importer, path, body).await
    }

    async fn post_as(&self, token: &str, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .bearer_auth(token)
            .header("Idempotency-Key", Uuid::new_v4().to_string())
            .json(&body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// Answers a survey by the link that whoever sends mails would sign for it.
    pub(crate) async fn answer(&self, asked: &Asked, score: u32) {
        let link = SurveyLink {
            ticket: asked.ticket,
            closing: asked.closing,
            expires_at_s: asked.expires_at.as_second(),
        };
        let token = self.links.sign(link).expect("a key");
        let url = format!("http://{}/v1/tickets/{}/survey", self.address, asked.ticket);
        let body = json!({"token": token, "score": score});
        let answer = self.http.post(url).json(&body).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status();
        let said = answer.text().await.expect("a text");
        assert_eq!(status, 200, "{said}");
    }

    /// A customer who can be written to.
    pub(crate) async fn register(&self, id: Uuid, surveys: bool) {
        let body = json!({
            "id": id, "name": "Carla", "email": "carla@example.com", "surveys": surveys
        });
        self.post("/v1/customers", body).await;
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
            let opened = self.post("/v1/tickets", ticket(None)).await;
            tickets.push(id_of(&opened));
        }
        tickets
    }

    /// Solved at once, on the phone.
    pub(crate) async fn resolve_for(&self, customer: Option<Uuid>) -> Uuid {
        let ticket = id_of(&self.post("/v1/tickets", ticket(customer)).await);
        self.ask(ticket, "resolve", json!({"code": "fixed"})).await;
        ticket
    }

    /// What was solved in another system.
    pub(crate) async fn import_resolved(&self, customer: Uuid) -> Uuid {
        let opened = self.import("/v1/tickets", ticket(Some(customer))).await;
        let ticket = id_of(&opened);
        let path = format!("/v1/tickets/{ticket}/resolve");
        self.import(&path, json!({"code": "fixed"})).await;
        ticket
    }

    pub(crate) async fn ask(&self, ticket: Uuid, command: &str, body: Value) {
        self.post(&format!("/v1/tickets/{ticket}/{command}"), body)
            .await;
    }

    pub(crate) async fn wait_until_assigned(&self, tickets: &[Uuid]) {
        self.wait_until("all are assigned", |told| {
            let given = assignments(told);
            let is_given = |id: &Uuid| given.iter().any(|it| it.ticket == *id);
            tickets.iter().all(is_given)
        })
        .await;
    }

    /// Reads the log again and again until it says so.
    pub(crate) async fn wait_until(&self, what: &str, says: impl Fn(&[Told]) -> bool) {
        let began = Instant::now();
        while !says(&self.told().await) {
            if began.elapsed() > DEADLINE {
                for entry in std::fs::read_dir(self.directory()).expect("it is ours") {
                    let path = entry.expect("a file").path();
                    if path.extension().is_some_and(|it| it == "log") {
                        let told = std::fs::read_to_string(&path).unwrap_or_default();
                        eprintln!("{}:\n{told}", path.display());
                    }
                }
                panic!("not so: {what}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// All events in the log, each partition's in order.
    pub(crate) async fn told(&self) -> Vec<Told> {
        let mut found = Vec::new();
        for partition in (0..self.log.identity().partitions).map(Partition) {
            let end = self.log.end(partition).await.expect("an end");
            let cursor = Cursor::start(self.log.identity().log_id, partition);
            let mut readers = Reader::open(&self.log, &[cursor]).await.expect("a reader");
            while !readers[0].cursor().has_reached(end) {
                let batch = readers[0].next().await.expect("readable");
                let told = |record| Told::of(partition, record);
                found.extend(batch.records.iter().map(told));
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

fn ticket(customer: Option<Uuid>) -> Value {
    let mut body = json!({"channel": "phone", "subject": "Till 3 prints nothing"});
    match customer {
        Some(customer) => body["customer"] = json!(customer),
        None => body["caller"] = json!({"name": "Kim", "email": "kim@example.com"}),
    }
    body
}

fn id_of(opened: &Value) -> Uuid {
    let id = opened["ticket"].as_str().and_then(|id| id.parse().ok());
    id.expect("a ticket's id")
}

/// What can be read, and whose it is.
pub(crate) fn events(told: &[Told]) -> impl Iterator<Item = (StreamId, &Event)> {
    let facts = told.iter().filter_map(|told| told.fact.as_ref());
    facts.filter_map(|fact| Some((fact.stream, &fact.event.as_ref()?.0)))
}

pub(crate) fn assignments(told: &[Told]) -> Vec<Given> {
    let given = |(stream, event): (StreamId, &Event)| match (stream, event) {
        (
            StreamId::Ticket(ticket),
            Event::Ticket(TicketEvent::Assigned {
                consultant,
                decision,
            }),
        ) => Some(Given {
            ticket: ticket.0,
            consultant: consultant.0,
            decided: decision.is_some(),
        }),
        _ => None,
    };
    events(told).filter_map(given).collect()
}

pub(crate) fn invitations(told: &[Told]) -> Vec<Asked> {
    let asked = |(stream, event): (StreamId, &Event)| match (stream, event) {
        (StreamId::Survey(survey), Event::Survey(SurveyEvent::Invited(invitation))) => {
            Some(Asked {
                ticket: survey.ticket.0,
                closing: survey.closing,
                expires_at: invitation.expires_at,
            })
        }
        _ => None,
    };
    events(told).filter_map(asked).collect()
}
