//! A whole Docket in the test's own process, on servers of the test's choosing, so that the test
//! can take them away.

use docket::all_in_one::{self, Error, Options, Running};
use docket_event_log::{Log, LogConfig};
use docket_service::telemetry::TelemetryConfig;
use docket_service::{Role, Shutdown};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

/// The all-in-one on a log and a database that the test has, and a client in a manager's name.
#[derive(Debug)]
pub struct Site {
    /// Its log, opened once more.
    pub log: Log,
    running: Running,
    http: reqwest::Client,
    _directory: tempfile::TempDir,
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
    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    /// When it doesn't start; [`try_start`](Self::try_start) is for tests of that.
    pub async fn start(log: &LogConfig, views: &str) -> Self {
        let started = Self::try_start(log, views).await;
        started.unwrap_or_else(|error| panic!("{}", docket_service::telemetry::Chain(&error)))
    }

    /// Starts it, or says why it doesn't start.
    pub async fn try_start(log: &LogConfig, views: &str) -> Result<Self, Error> {
        let _ = docket_service::telemetry::init(&TelemetryConfig::default());
        let directory = tempfile::tempdir().expect("a directory");
        let mut options = Options::new(directory.path().join("data"));
        options.listen = Some(([127, 0, 0, 1], 0).into());
        options.config = Some(directory.path().join("docket.toml"));
        let config = format!("{}[read_model]\nurl = {views:?}\n", section(log));
        std::fs::write(directory.path().join("docket.toml"), config).expect("a file");
        let running = all_in_one::start(&options, &Shutdown::new()).await?;
        let log = docket_event_log::open(log).await.expect("the log opens");
        Ok(Self {
            log,
            running,
            http: reqwest::Client::new(),
            _directory: directory,
        })
    }

    /// Sends a command in a manager's name; an answer that never came is 503.
    pub async fn command(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self
            .http
            .request(Method::POST, format!("{}{path}", self.running.url()))
            .bearer_auth(&self.running.tokens().of(Role::Manager).token)
            .header("idempotency-key", key)
            .json(body);
        Answer::of(request).await
    }

    /// Reads something in a manager's name.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self
            .http
            .request(Method::GET, format!("{}{path}", self.running.url()))
            .bearer_auth(&self.running.tokens().of(Role::Manager).token);
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

    /// Stops it in order: accepted commands are finished.
    pub async fn stop(self) {
        self.running.stop().await.expect("it stops in order");
    }
}

/// The log as a section of a configuration file.
fn section(log: &LogConfig) -> String {
    match log {
        LogConfig::Kafka(kafka) => format!(
            "[log.kafka]\nbrokers = {:?}\ntopic = {:?}\ndevelopment = {}\n",
            kafka.brokers, kafka.topic, kafka.development
        ),
        LogConfig::Postgres(postgres) => format!(
            "[log.postgres]\nurl = {:?}\nschema = {:?}\n",
            postgres.url, postgres.schema
        ),
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
