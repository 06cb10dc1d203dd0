//! A log of its own on a private Kafka, and real processes of the command API in front of it.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use docket_event_log::{KafkaConfig, Log, LogConfig};
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Role};
use docket_supervisor::Program;
use futures::future::try_join_all;

use crate::brokers::Brokers;
use crate::replica::{Replica, SUBCOMMAND};
use crate::snapshots::LOG_FILTER;

/// What to start.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// A directory of its own: key, logs, snapshots.
    pub directory: PathBuf,
    /// The program that is a command API when run with the argument `replica`
    /// (see [`run_if_asked`](crate::replica::run_if_asked)). This very program unless set.
    pub program: Option<PathBuf>,
    /// How many replicas to begin with.
    pub replicas: usize,
    /// Whether they claim partitions and forward to owners.
    pub owners: bool,
    /// Whether they write snapshots and start from them.
    pub snapshots: bool,
    /// Partitions of the log.
    pub partitions: u16,
    /// Further settings as environment variables, such as `DOCKET_COMMAND__QUEUE_WAIT_MS`.
    pub settings: Vec<(String, String)>,
}

impl ClusterConfig {
    /// Three replicas with owners and snapshots on eight partitions.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            program: None,
            replicas: 3,
            owners: true,
            snapshots: true,
            partitions: 8,
            settings: Vec::new(),
        }
    }
}

/// How long a replica that stops still takes requests after its readiness is gone, in
/// milliseconds: longer than a load balancer's looks are apart.
const UNREADY_BEFORE_STOP_MS: u64 = 500;

/// A running cluster. Dropping it kills every replica.
pub struct Cluster {
    config: ClusterConfig,
    brokers: Brokers,
    topic: String,
    auth: AuthConfig,
    issuer: DevelopmentIssuer,
    replicas: RwLock<Vec<Arc<Replica>>>,
    named: AtomicUsize,
}

impl Cluster {
    /// Makes a fresh topic, starts the replicas all at once, and waits until they are ready.
    pub async fn start(brokers: &Brokers, config: ClusterConfig) -> anyhow::Result<Arc<Self>> {
        fs::create_dir_all(&config.directory)
            .with_context(|| format!("can't make {}", config.directory.display()))?;
        let auth = AuthConfig {
            key_file: config.directory.join("docket.key"),
            ..AuthConfig::default()
        };
        let cluster = Arc::new(Self {
            issuer: DevelopmentIssuer::open(&auth)?,
            auth,
            topic: format!("docket-{}", uuid::Uuid::new_v4()),
            brokers: brokers.clone(),
            replicas: RwLock::default(),
            named: AtomicUsize::new(0),
            config,
        });
        try_join_all((0..cluster.config.replicas).map(|_| cluster.join())).await?;
        // They were added as they became ready.
        cluster.write().sort_by(|a, b| a.name().cmp(b.name()));
        Ok(cluster)
    }

    /// The brokers.
    pub fn brokers(&self) -> &Brokers {
        &self.brokers
    }

    /// The log's topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Where its files are.
    pub fn directory(&self) -> &std::path::Path {
        &self.config.directory
    }

    /// Whether the replicas claim and forward.
    pub fn has_owners(&self) -> bool {
        self.config.owners
    }

    /// The replicas that take part now, running or not.
    pub fn replicas(&self) -> Vec<Arc<Replica>> {
        let replicas = self.replicas.read();
        replicas.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts one more and waits until it is ready; then it takes part.
    pub async fn join(&self) -> anyhow::Result<Arc<Replica>> {
        let number = self.named.fetch_add(1, Ordering::Relaxed) + 1;
        let replica = Arc::new(self.replica(format!("r{number}"))?);
        replica.start().await?;
        self.write().push(Arc::clone(&replica));
        Ok(replica)
    }

    /// Stops one in order. It takes part until it has ended, and then no more.
    pub async fn leave(&self, replica: &Arc<Replica>) -> anyhow::Result<()> {
        let stopped = replica.stop().await;
        self.write().retain(|other| !Arc::ptr_eq(other, replica));
        stopped
    }

    /// A token for that subject in that role, good for a day.
    pub fn token(&self, subject: &str, role: Role) -> anyhow::Result<String> {
        Ok(self.issuer.token(subject, role, Duration::from_hours(24))?)
    }

    /// The id of that subject.
    pub fn person(&self, subject: &str) -> uuid::Uuid {
        docket_service::auth::actor_id(&self.auth.issuer, subject)
    }

    /// Opens the log in this process, for readers and writers of our own.
    pub async fn open_log(&self) -> anyhow::Result<Log> {
        let mut kafka = KafkaConfig::new(self.brokers.bootstrap(), &self.topic);
        kafka.partitions = self.config.partitions;
        kafka.development = self.brokers.count() == 1;
        Ok(docket_event_log::open_when_there(&LogConfig::Kafka(kafka)).await?)
    }

    /// Stops every replica in order.
    pub async fn stop(&self) -> anyhow::Result<()> {
        let replicas = self.replicas();
        try_join_all(replicas.iter().map(Replica::stop)).await?;
        Ok(())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Arc<Replica>>> {
        let replicas = self.replicas.write();
        replicas.unwrap_or_else(PoisonError::into_inner)
    }

    fn replica(&self, name: String) -> anyhow::Result<Replica> {
        let config = &self.config;
        let address = free_address()?;
        let log = config.directory.join(format!("{name}.log"));
        let program = match &config.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().context("this program can't be found")?,
        };
        let mut settings = vec![
            ("LOG__KAFKA__BROKERS", self.brokers.bootstrap().to_owned()),
            ("LOG__KAFKA__TOPIC", self.topic.clone()),
            ("LOG__KAFKA__PARTITIONS", config.partitions.to_string()),
            (
                "LOG__KAFKA__DEVELOPMENT",
                (self.brokers.count() == 1).to_string(),
            ),
            ("AUTH__KEY_FILE", self.auth.key_file.display().to_string()),
            ("HTTP__LISTEN", address.to_string()),
            (
                "HTTP__UNREADY_BEFORE_STOP_MS",
                UNREADY_BEFORE_STOP_MS.to_string(),
            ),
        ];
        if config.owners {
            settings.push(("COMMAND__ADVERTISED", address.to_string()));
        }
        if config.snapshots {
            let directory = config.directory.join(format!("{name}.snapshots"));
            fs::create_dir_all(&directory)?;
            settings.push((
                "COMMAND__SNAPSHOT_DIRECTORY",
                directory.display().to_string(),
            ));
            // So few that snapshots are written within seconds; and each ticket that is looked up
            // in one leaves a line.
            settings.push(("COMMAND__SNAPSHOT_RECORDS_MIN", "200".to_owned()));
            settings.push(("TELEMETRY__LOG_FILTER", LOG_FILTER.to_owned()));
        }
        let mut program = Program::new(program, &config.directory, &log).argument(SUBCOMMAND);
        for (name, value) in settings {
            program = program.variable(format!("DOCKET_{name}"), value);
        }
        for (name, value) in &config.settings {
            program = program.variable(name, value);
        }
        Ok(Replica::new(name, address, log, program))
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("topic", &self.topic)
            .field("replicas", &self.replicas())
            .finish_non_exhaustive()
    }
}

/// A port below those that systems hand to outgoing connections, so that a replica which is down
/// for a moment finds its own free again. (The supervisor's brokers choose theirs likewise.)
fn free_address() -> anyhow::Result<SocketAddr> {
    let start = uuid::Uuid::new_v4().as_u128() % 11_000;
    for step in 0..11_000 {
        let port = 20_000 + ((start + step) % 11_000) as u16;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener.local_addr()?);
        }
    }
    anyhow::bail!("no port between 20000 and 31000 is free")
}
