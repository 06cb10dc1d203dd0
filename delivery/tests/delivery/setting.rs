//! A log, the outbox's projector behind it, and workers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_delivery::{DeliveryConfig, Endpoint, MailConfig, Queue, Secret, Tls, Worker};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{Cursor, Draft, Log, Partition, PartitionWriter, Reader, WriterConfig};
use docket_projectors::outbox::{self, Handle, OutboxConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{event, stream};
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_service::survey_link::SurveyLinks;
use docket_supervisor::testing;
use sqlx::PgPool;
use uuid::Uuid;

use crate::story::Told;

/// Past this, something hangs.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Setting {
    pub(crate) url: String,
    log: Log,
    writer: PartitionWriter,
    running: Vec<(Handle, Shutdown)>,
}

/// A worker that runs until it is stopped.
pub(crate) struct Running {
    pub(crate) health: Health,
    worker: Worker,
    shutdown: Shutdown,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        tokio::time::timeout(DEADLINE, self.worker.stopped())
            .await
            .expect("a worker that was asked to stop stops");
    }
}

/// A worker with this configuration, as soon as it works: what happens from then on is news.
pub(crate) async fn deliver(config: DeliveryConfig) -> Running {
    let shutdown = Shutdown::new();
    let health = Health::new(&shutdown);
    let worker = docket_delivery::start(config, links(), &health, &shutdown).expect("starts");
    tokio::time::timeout(DEADLINE, health.wait_until_ready())
        .await
        .expect("a worker with a database gets ready");
    Running {
        health,
        worker,
        shutdown,
    }
}

/// What signs the links of surveys, and checks them.
pub(crate) fn links() -> SurveyLinks {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("survey.key");
    std::fs::write(&path, "a secret of at least 32 bytes, say.").expect("writes");
    SurveyLinks::open_or_make(&path).expect("a good key")
}

/// The page that links lead to.
pub(crate) const PAGE: &str = "https://support.acme.example/survey";

impl Setting {
    /// A log that the outbox follows, and a worker's tables: what happens from now on is delivered.
    pub(crate) async fn new() -> Self {
        Self::with_tables(testing::database().await).await
    }

    /// The same in that database.
    pub(crate) async fn with_tables(url: String) -> Self {
        let mut setting = Self::on(url).await;
        setting.project(1);
        Queue::open(&setting.config()).await.expect("opens");
        setting.caught_up(1).await;
        setting
    }

    /// A log that nobody follows yet.
    pub(crate) async fn before_the_worker() -> Self {
        Self::on(testing::database().await).await
    }

    async fn on(url: String) -> Self {
        let log = MemoryLog::open(&MemoryStore::new(1), 1).await;
        let log: Log = Arc::new(log.expect("opens"));
        let start = Cursor::start(log.identity().log_id, Partition(0));
        let mut readers = Reader::open(&log, &[start]).await.expect("opens");
        let mut reader = readers.remove(0);
        let end = log.end(Partition(0)).await.expect("there is an end");
        while !reader.cursor().has_reached(end) {
            reader.next().await.expect("the log can be read");
        }
        Self {
            url,
            writer: PartitionWriter::new(log.clone(), reader, WriterConfig::default()),
            log,
            running: Vec::new(),
        }
    }

    /// Fills the generation `outbox_<n>`, as long as the test runs.
    pub(crate) fn project(&mut self, generation: u32) {
        let config = OutboxConfig {
            schema: format!("outbox_{generation}"),
            ..OutboxConfig::new(&self.url)
        };
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let handle = outbox::start(self.log.clone(), config, &health, &shutdown);
        self.running.push((handle, shutdown));
    }

    /// Settings in a hurry.
    pub(crate) fn config(&self) -> DeliveryConfig {
        DeliveryConfig {
            url: self.url.clone(),
            poll_interval_ms: 10,
            attempt_timeout_ms: 1_000,
            lease_margin_ms: 500,
            retry_after_ms: vec![20, 40, 80],
            sender: "Acme".to_owned(),
            survey_page: Some(PAGE.to_owned()),
            ..DeliveryConfig::default()
        }
    }

    /// Appends events in one batch and waits until the outbox has them.
    pub(crate) async fn happens(&mut self, events: impl IntoIterator<Item = Told>) {
        let drafts: Vec<Draft> = events.into_iter().map(draft).collect();
        let count = drafts.len();
        self.writer.start_append(drafts).expect("the log takes it");
        loop {
            let step = self.writer.next().await.expect("the log can be read");
            if let Some(settled) = step.settled {
                assert_eq!(settled.won, count, "nobody else writes here");
                break;
            }
        }
        if !self.running.is_empty() {
            self.caught_up(1).await;
        }
    }

    /// Waits until a generation holds everything that is in the log now.
    pub(crate) async fn caught_up(&self, generation: u32) {
        let end = self.log.end(Partition(0)).await.expect("an end").0 as i64;
        let pool = self.tables(&format!("outbox_{generation}")).await;
        eventually("the outbox has caught up", async || {
            let next = sqlx::query_scalar::<_, i64>("SELECT next FROM checkpoint");
            next.fetch_optional(&pool)
                .await
                .is_ok_and(|next| next >= Some(end))
        })
        .await;
    }

    pub(crate) async fn tables(&self, schema: &str) -> PgPool {
        let options =
            docket_migrations::connect_options(&self.url, schema).expect("a usable address");
        PgPool::connect_with(options).await.expect("connects")
    }

    /// Target, state, attempts and reason of every delivery, in the order of ids.
    pub(crate) async fn deliveries(&self) -> Vec<(Option<String>, String, i32, Option<String>)> {
        sqlx::query_as("SELECT target, state, attempts, reason FROM delivery ORDER BY id")
            .fetch_all(&self.tables("delivery").await)
            .await
            .expect("the table is there")
    }

    /// Waits until this many deliveries are in this state.
    #[track_caller]
    pub(crate) fn become_(&self, state: &'static str, count: i64) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let pool = self.tables("delivery").await;
            let found = async || {
                let query = "SELECT count(*) FROM delivery WHERE state = $1";
                let query = sqlx::query_scalar::<_, i64>(query).bind(state);
                query.fetch_one(&pool).await.expect("the table is there") == count
            };
            eventually_at(caller, state, found).await;
        }
    }
}

/// An endpoint and the secret it shares with us.
pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint {
        url: url.to_owned(),
        kinds: std::collections::BTreeSet::default(),
        survey_links: false,
        secrets: vec![Secret(SECRET.to_owned())],
    }
}

/// 24 bytes.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// The configuration with endpoints on this machine.
pub(crate) fn with_endpoints<const N: usize>(
    mut config: DeliveryConfig,
    endpoints: [(&str, &str); N],
) -> DeliveryConfig {
    config.webhooks.allow_http = true;
    config.webhooks.allow_networks = vec!["127.0.0.0/8".to_owned()];
    config.webhooks.endpoints = endpoints
        .into_iter()
        .map(|(name, url)| (name.to_owned(), endpoint(url)))
        .collect();
    config
}

/// The configuration with a relay on this machine.
pub(crate) fn with_relay(mut config: DeliveryConfig, port: u16) -> DeliveryConfig {
    config.mail = Some(MailConfig {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls: Tls::None,
        user: None,
        password: None,
        ca_file: None,
        from: "Support <support@acme.example>".to_owned(),
    });
    config
}

fn draft((id, context, event): Told) -> Draft {
    let (kind, data) = event::encode(&event).expect("encodes");
    let time = jiff::Timestamp::now();
    Draft {
        kind,
        key: Bytes::from(stream::key(id)),
        time,
        attributes: EventAttributes {
            context,
            command_id: CommandId(Uuid::new_v4().into_bytes()),
            command_digest: CommandDigest([7; 8]),
        }
        .to_pairs(),
        traceparent: None,
        data: Bytes::from(data),
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn eventually<F: Future<Output = bool>>(
    what: &'static str,
    holds: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    eventually_at(std::panic::Location::caller(), what, holds)
}

async fn eventually_at<F: Future<Output = bool>>(
    caller: &'static std::panic::Location<'static>,
    what: &'static str,
    mut holds: impl FnMut() -> F,
) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what} ({caller})"));
}
