//! Replicas of the command API on a log of the test's own, clients that talk to them, and a reader
//! that says what really lies in the log.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use docket_command_api::{CommandApi, CommandConfig, docs};
use docket_event_log::{
    Cursor, KafkaConfig, Log, LogConfig, Partition, PostgresConfig, Reader, Record,
};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role, actor_id};
use docket_service::server::{self, Edge, HttpConfig};
use docket_service::survey_link::SurveyLinks;
use docket_service::{Position, Shutdown};
use docket_supervisor::testing;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const PARTITIONS: u16 = 4;

/// Runs a story on a Postgres log and on a Kafka log.
macro_rules! on_both_logs {
    ($($(#[$attribute:meta])* $story:ident),+ $(,)?) => {
        mod on_postgres {
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::support::postgres_log().await).await;
            })+
        }
        mod on_kafka {
            $($(#[$attribute])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::support::kafka_log().await).await;
            })+
        }
    };
}
pub(crate) use on_both_logs;

/// A new log in the test process's Postgres.
pub(crate) async fn postgres_log() -> LogConfig {
    let mut config = PostgresConfig::new(testing::database().await, "event_log");
    config.partitions = PARTITIONS;
    LogConfig::Postgres(config)
}

/// A new topic in the test process's Kafka.
pub(crate) async fn kafka_log() -> LogConfig {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let topic = format!("command-api-{}-{count}", Uuid::new_v4());
    let mut config = KafkaConfig::new(testing::kafka().await.bootstrap(), topic);
    config.partitions = PARTITIONS;
    config.development = true;
    LogConfig::Kafka(config)
}

pub(crate) async fn open(log: &LogConfig) -> Log {
    docket_event_log::open(log).await.expect("the log opens")
}

/// A command API with a socket of its own.
pub(crate) struct Replica {
    pub(crate) api: CommandApi,
    pub(crate) address: SocketAddr,
    /// Under which it claims; empty if it doesn't.
    pub(crate) advertised: String,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
    issuer: DevelopmentIssuer,
    unready: Duration,
    key: Arc<tempfile::TempDir>,
}

/// The key is each replica's own; the issuer, and so the actors, are the same.
fn auth(directory: &tempfile::TempDir) -> AuthConfig {
    AuthConfig {
        key_file: directory.path().join("docket.key"),
        ..AuthConfig::default()
    }
}

/// What signs survey links; likewise each replica's own, unless they share the keys.
pub(crate) fn survey_links(directory: &tempfile::TempDir) -> SurveyLinks {
    let path = directory.path().join("survey.key");
    SurveyLinks::open_or_make(&path).expect("a key")
}

/// Where a key lies that several replicas may share.
pub(crate) fn key() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::tempdir().expect("a directory"))
}

fn http() -> HttpConfig {
    HttpConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..HttpConfig::default()
    }
}

/// Free when asked; nobody else takes it in that moment.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}

impl Replica {
    pub(crate) async fn on(log: &LogConfig) -> Self {
        Self::start(open(log).await, CommandConfig::default()).await
    }

    /// One that is ready, on an open log.
    pub(crate) async fn start(log: Log, config: CommandConfig) -> Self {
        Self::begin(log, config, &key(), http()).await
    }

    /// One among several, which forward to each other: each trusts the others' tokens, and claims
    /// its share.
    pub(crate) async fn among(log: &LogConfig, key: &Arc<tempfile::TempDir>) -> Self {
        let config = CommandConfig {
            share_review_ms: 200,
            ..CommandConfig::default()
        };
        Self::advertised(open(log).await, config, key).await
    }

    /// One that trusts their tokens, but neither claims nor forwards.
    pub(crate) async fn beside(log: &LogConfig, key: &Arc<tempfile::TempDir>) -> Self {
        Self::on_its_own(open(log).await, key).await
    }

    /// The same, on an open log.
    pub(crate) async fn on_its_own(log: Log, key: &Arc<tempfile::TempDir>) -> Self {
        Self::begin(log, CommandConfig::default(), key, http()).await
    }

    /// One among several, on an open log.
    pub(crate) async fn advertised(
        log: Log,
        config: CommandConfig,
        key: &Arc<tempfile::TempDir>,
    ) -> Self {
        Self::at(free_address(), log, config, key).await
    }

    /// The same, at that address: one that comes back.
    pub(crate) async fn at(
        address: SocketAddr,
        log: Log,
        mut config: CommandConfig,
        key: &Arc<tempfile::TempDir>,
    ) -> Self {
        let http = HttpConfig {
            listen: address,
            unready_before_stop_ms: 200,
            ..http()
        };
        config.advertised = Some(address.to_string());
        Self::begin(log, config, key, http).await
    }

    /// One among several that the others reach under that other address.
    pub(crate) async fn behind(
        reached_at: String,
        log: Log,
        mut config: CommandConfig,
        key: &Arc<tempfile::TempDir>,
    ) -> Self {
        config.advertised = Some(reached_at);
        Self::begin(log, config, key, http()).await
    }

    pub(crate) async fn begin(
        log: Log,
        config: CommandConfig,
        key: &Arc<tempfile::TempDir>,
        http: HttpConfig,
    ) -> Self {
        let issuer = DevelopmentIssuer::open(&auth(key)).expect("a key");
        let shutdown = Shutdown::new();
        let edge = Edge::new(http.clone(), &shutdown);
        let advertised = config.advertised.clone().unwrap_or_default();
        let api = CommandApi::start(log, config, &edge.health)
            .await
            .expect("the command API starts");
        api.caught_up().await.expect("the log is read");
        let routes = api
            .router(issuer.verifier(), survey_links(key))
            .merge(docs::router(CommandApi::openapi()));
        let routes = server::api(routes, "command-api", &http);
        let listener = server::bind(&http).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self {
            api,
            address,
            advertised,
            shutdown,
            serving: tokio::spawn(server::serve(listener, routes, edge)),
            issuer,
            unready: Duration::from_millis(http.unready_before_stop_ms),
            key: Arc::clone(key),
        }
    }

    /// An orderly stop: what was accepted is answered.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.api.leave(self.unready).await;
        self.serving.await.expect("the edge ends");
        self.api.stop().await.expect("everything was settled");
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A token for that subject.
    pub(crate) fn token(&self, subject: &str, role: Role) -> String {
        self.issuer
            .token(subject, role, Duration::from_mins(5))
            .expect("a token")
    }

    /// A client that speaks for that subject.
    pub(crate) fn client(&self, subject: &str, role: Role) -> Client {
        Client {
            http: reqwest::Client::new(),
            base: self.url(""),
            token: self.token(subject, role),
        }
    }

    /// What signs survey links here.
    pub(crate) fn survey_links(&self) -> SurveyLinks {
        survey_links(&self.key)
    }

    pub(crate) fn manager(&self) -> Client {
        self.client("mia", Role::Manager)
    }
}

/// The id of a subject of the development issuer.
pub(crate) fn person(subject: &str) -> Uuid {
    actor_id(&AuthConfig::default().issuer, subject)
}

/// Somebody who sends commands.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    /// A POST with everything a command needs; headers may be added before it is sent.
    pub(crate) fn command(&self, path: &str, key: &str, body: &Value) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .header("Idempotency-Key", key)
            .json(body)
    }

    pub(crate) async fn send(&self, path: &str, key: &str, body: Value) -> Answer {
        answer(self.command(path, key, &body)).await
    }

    /// Asks something of a ticket.
    pub(crate) async fn ask(&self, ticket: Uuid, command: &str, key: &str, body: Value) -> Answer {
        self.send(&format!("/v1/tickets/{ticket}/{command}"), key, body)
            .await
    }

    /// Opens a ticket for a caller on the phone.
    pub(crate) async fn open(&self, key: &str) -> Uuid {
        self.send("/v1/tickets", key, opening())
            .await
            .expect(201)
            .ticket()
    }
}

/// A ticket, in as few words as possible.
pub(crate) fn opening() -> Value {
    json!({"caller": {"name": "Kim"}, "channel": "phone", "subject": "Till 3 prints nothing"})
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    answer_of(request.send().await.expect("an answer")).await
}

pub(crate) async fn answer_of(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.expect("a body");
    let mut body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    // The trace, another one each time.
    if let Some(members) = body.as_object_mut() {
        members.remove("instance");
    }
    Answer {
        status,
        headers,
        body,
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// A problem document of that kind.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, slug: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let kind = format!("https://docket.dev/problems/{slug}");
        assert_eq!(answer.body["type"], kind, "{}", answer.body);
        answer
    }

    pub(crate) fn ticket(&self) -> Uuid {
        self.body["ticket"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a ticket's id")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    pub(crate) fn position(&self) -> Position {
        self.header("docket-position").parse().expect("a position")
    }

    /// Each faulty field with the first two words of what is wrong with it.
    pub(crate) fn faults(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().expect("errors");
        let text = |error: &Value, member: &str| error[member].as_str().unwrap_or("-").to_owned();
        errors
            .iter()
            .map(|error| {
                let message = text(error, "message");
                let words: Vec<&str> = message.split_whitespace().take(2).collect();
                format!("{}: {}", text(error, "field"), words.join(" "))
            })
            .collect()
    }

    /// `outcome`, `version` and `status` in one line.
    pub(crate) fn told(&self) -> String {
        let text = |member: &str| self.body[member].as_str().unwrap_or("-").to_owned();
        let version = &self.body["version"];
        format!("{} {version} {}", text("outcome"), text("status"))
    }
}

/// All valid records of the log up to its end now, partition by partition.
pub(crate) async fn records(log: &Log) -> Vec<(u16, Record)> {
    let mut found = Vec::new();
    for partition in 0..log.identity().partitions {
        let end = log.end(Partition(partition)).await.expect("an end");
        let mut reader = read(log, partition).await;
        while !reader.cursor().has_reached(end) {
            let batch = reader.next().await.expect("readable");
            found.extend(batch.records.into_iter().map(|record| (partition, record)));
        }
    }
    found
}

/// The events of a ticket, in order.
pub(crate) async fn events_of(log: &Log, ticket: Uuid) -> Vec<(u16, Record)> {
    events_at(log, &format!("ticket-{ticket}")).await
}

/// The events of the stream of that key, in order.
pub(crate) async fn events_at(log: &Log, key: &str) -> Vec<(u16, Record)> {
    let mut found = records(log).await;
    found.retain(|(_, record)| record.key == key.as_bytes());
    found
}

/// A reader from the partition's start.
pub(crate) async fn read(log: &Log, partition: u16) -> Reader {
    let cursor = Cursor::start(log.identity().log_id, Partition(partition));
    Reader::open(log, &[cursor])
        .await
        .expect("a reader")
        .remove(0)
}
