//! A log, a database and projectors between them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_agreement::{Counted, View};
use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::memory::{MemoryLog, MemoryStore};
use docket_event_log::{
    Cursor, Draft, Log, Partition, PartitionWriter, PostgresConfig, Reader, WriterConfig,
};
use docket_projectors::outbox::{self, OutboxConfig};
use docket_projectors::read_model::{self, Handle, PgConfig};
use docket_projectors::routing::{self, RoutingConfig};
use docket_projectors::survey::{self, SurveyConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::{event, stream};
use docket_service::Shutdown;
use docket_service::health::Health;
use docket_supervisor::testing;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// Past this, something hangs.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Setting {
    pub(crate) log: Log,
    /// What a log in memory is kept in.
    pub(crate) store: Option<MemoryStore>,
    pub(crate) url: String,
    writers: HashMap<u16, PartitionWriter>,
}

/// A projector that runs until it is stopped.
pub(crate) struct Projector {
    pub(crate) handle: Handle,
    pub(crate) health: Health,
    shutdown: Shutdown,
}

impl Projector {
    fn new(start: impl FnOnce(&Health, &Shutdown) -> Handle) -> Self {
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        Self {
            handle: start(&health, &shutdown),
            health,
            shutdown,
        }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        tokio::time::timeout(DEADLINE, self.handle.stopped())
            .await
            .expect("a projector that was asked to stop stops");
    }
}

impl Setting {
    /// A log in memory, with so many partitions.
    pub(crate) async fn memory(partitions: u16) -> Self {
        let store = MemoryStore::new(partitions);
        let log = MemoryLog::open(&store, partitions).await.expect("opens");
        Self {
            store: Some(store),
            ..Self::on(Arc::new(log)).await
        }
    }

    /// A log in a Postgres database of its own.
    pub(crate) async fn postgres() -> Self {
        let mut config = PostgresConfig::new(testing::database().await, "event_log");
        config.partitions = 2;
        let log = docket_event_log::open(&docket_event_log::LogConfig::Postgres(config))
            .await
            .expect("opens");
        Self::on(log).await
    }

    async fn on(log: Log) -> Self {
        Self {
            log,
            store: None,
            url: testing::database().await,
            writers: HashMap::new(),
        }
    }

    /// A projector of the generation `read_model_<n>`.
    pub(crate) fn project(&self, generation: u32) -> Projector {
        self.project_with(self.config(generation))
    }

    pub(crate) fn project_with(&self, config: PgConfig) -> Projector {
        let log = self.log.clone();
        Projector::new(|health, shutdown| read_model::start(log, config, health, shutdown))
    }

    /// A projector of the generation `outbox_<n>`.
    pub(crate) fn project_outbox(&self, generation: u32) -> Projector {
        let log = self.log.clone();
        let config = OutboxConfig {
            schema: format!("outbox_{generation}"),
            ..OutboxConfig::new(&self.url)
        };
        Projector::new(|health, shutdown| outbox::start(log, config, health, shutdown))
    }

    /// A projector of the generation `routing_<n>`.
    pub(crate) fn project_routing(&self, generation: u32) -> Projector {
        let log = self.log.clone();
        let config = RoutingConfig {
            schema: format!("routing_{generation}"),
            ..RoutingConfig::new(&self.url)
        };
        Projector::new(|health, shutdown| routing::start(log, config, health, shutdown))
    }

    /// A projector of the generation `survey_<n>`.
    pub(crate) fn project_surveys(&self, generation: u32) -> Projector {
        let log = self.log.clone();
        let config = SurveyConfig {
            schema: format!("survey_{generation}"),
            ..SurveyConfig::new(&self.url)
        };
        Projector::new(|health, shutdown| survey::start(log, config, health, shutdown))
    }

    pub(crate) fn config(&self, generation: u32) -> PgConfig {
        PgConfig {
            schema: format!("read_model_{generation}"),
            ..PgConfig::new(&self.url)
        }
    }

    /// The view's tables; `search_path` as the query API sets it.
    pub(crate) async fn view(&self, generation: u32) -> PgPool {
        self.tables(&self.config(generation).schema).await
    }

    async fn tables(&self, schema: &str) -> PgPool {
        let options =
            docket_migrations::connect_options(&self.url, schema).expect("a usable address");
        PgPool::connect_with(options).await.expect("connects")
    }

    pub(crate) fn partition_of(&self, id: StreamId) -> Partition {
        let partitions = self.log.identity().partitions;
        Partition(stream::partition_of(stream::key(id).as_bytes(), partitions))
    }

    /// Appends events, each batch of a partition at once, and waits until they are won.
    pub(crate) async fn append(
        &mut self,
        events: impl IntoIterator<Item = (StreamId, EventContext, Event)>,
    ) {
        let drafts: Vec<_> = events
            .into_iter()
            .map(|(id, context, event)| (self.partition_of(id), draft(id, context, &event)))
            .collect();
        self.append_drafts(drafts).await;
    }

    pub(crate) async fn append_drafts(&mut self, drafts: Vec<(Partition, Draft)>) {
        let mut batches: HashMap<u16, Vec<Draft>> = HashMap::new();
        for (partition, draft) in drafts {
            batches.entry(partition.0).or_default().push(draft);
        }
        for (partition, batch) in batches {
            let count = batch.len();
            let writer = self.writer(Partition(partition)).await;
            writer.start_append(batch).expect("the log takes it");
            loop {
                let step = writer.next().await.expect("the log can be read");
                if let Some(settled) = step.settled {
                    assert_eq!(settled.won, count, "nobody else writes here");
                    break;
                }
            }
        }
    }

    async fn writer(&mut self, partition: Partition) -> &mut PartitionWriter {
        if !self.writers.contains_key(&partition.0) {
            let start = Cursor::start(self.log.identity().log_id, partition);
            let mut readers = Reader::open(&self.log, &[start]).await.expect("opens");
            let mut reader = readers.remove(0);
            let end = self.log.end(partition).await.expect("there is an end");
            while !reader.cursor().has_reached(end) {
                reader.next().await.expect("the log can be read");
            }
            let writer = PartitionWriter::new(self.log.clone(), reader, WriterConfig::default());
            self.writers.insert(partition.0, writer);
        }
        self.writers.get_mut(&partition.0).expect("just made")
    }

    /// Holds every row and column of a generation to a plain fold of the log.
    pub(crate) async fn agrees(&self, view: View, generation: u32) -> Counted {
        let schema = format!("{}_{generation}", view.name());
        docket_agreement::agrees(&self.log, view, &self.url, &schema).await
    }

    /// Waits until a generation holds everything that is in the log now.
    #[track_caller]
    pub(crate) fn caught_up(&self, generation: u32) -> impl Future<Output = PgPool> + '_ {
        self.tables_caught_up(self.config(generation).schema)
    }

    /// The same for a generation of the outbox.
    #[track_caller]
    pub(crate) fn outbox_caught_up(&self, generation: u32) -> impl Future<Output = PgPool> + '_ {
        self.tables_caught_up(format!("outbox_{generation}"))
    }

    /// The same for a generation of the routing view.
    #[track_caller]
    pub(crate) fn routing_caught_up(&self, generation: u32) -> impl Future<Output = PgPool> + '_ {
        self.tables_caught_up(format!("routing_{generation}"))
    }

    /// The same for a generation of the survey view.
    #[track_caller]
    pub(crate) fn surveys_caught_up(&self, generation: u32) -> impl Future<Output = PgPool> + '_ {
        self.tables_caught_up(format!("survey_{generation}"))
    }

    #[track_caller]
    fn tables_caught_up(&self, schema: String) -> impl Future<Output = PgPool> + '_ {
        let caller = std::panic::Location::caller();
        async move {
            let view = self.tables(&schema).await;
            let waiting = async {
                for partition in 0..self.log.identity().partitions {
                    let end = self.log.end(Partition(partition)).await.expect("an end");
                    while next(&view, partition).await < Some(end.0 as i64) {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                }
            };
            tokio::time::timeout(DEADLINE, waiting)
                .await
                .unwrap_or_else(|_| panic!("the view did not catch up: {caller}"));
            view
        }
    }
}

/// Where a checkpoint stands; `None` while there is none.
async fn next(view: &PgPool, partition: u16) -> Option<i64> {
    sqlx::query_scalar("SELECT next FROM checkpoint WHERE partition = $1")
        .bind(i32::from(partition))
        .fetch_optional(view)
        .await
        .ok()
        .flatten()
}

/// The draft of an event's record.
pub(crate) fn draft(id: StreamId, context: EventContext, event: &Event) -> Draft {
    let (kind, data) = event::encode(event).expect("encodes");
    let time = context.occurred_at;
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

/// Every row of a table as JSON, in an order that doesn't depend on how it came to be.
pub(crate) async fn rows(view: &PgPool, table: &'static str, order: &'static str) -> Vec<Value> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT to_jsonb(t) FROM {table} t ORDER BY {order}"
    )))
    .fetch_all(view)
    .await
    .expect("the table is there")
}

/// The tables that make the view, with an order of their rows.
const TABLES: [(&str, &str); 6] = [
    ("ticket", "id"),
    ("timeline", "ticket_id, version"),
    ("consultant", "id"),
    ("customer", "id"),
    ("catalogue", "stream"),
    ("catalogue_entry", "kind, key"),
];

/// All of them.
pub(crate) async fn contents(view: &PgPool) -> Vec<(&'static str, Vec<Value>)> {
    let mut contents = Vec::new();
    for (table, order) in TABLES {
        contents.push((table, rows(view, table, order).await));
    }
    contents
}

/// Waits until something about the view holds.
#[track_caller]
pub(crate) fn eventually<F: Future<Output = bool>>(
    what: &'static str,
    mut holds: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting)
            .await
            .unwrap_or_else(|_| panic!("never: {what} ({caller})"));
    }
}
