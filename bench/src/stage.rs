//! What measurements play on: a private Kafka of one broker, a private Postgres, and processes of
//! our own, all gone with the last of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use docket_event_log::{KafkaConfig, PostgresConfig};
use docket_service::Role;
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_supervisor::{Kafka, Postgres};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

use crate::load::Connection;

/// How large a measurement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// For figures that are to be told.
    Full,
    /// For a look while working on something.
    Quick,
    /// Only to see that everything runs.
    Smoke,
}

impl Size {
    pub(crate) fn pick<T>(self, full: T, quick: T, smoke: T) -> T {
        match self {
            Self::Full => full,
            Self::Quick => quick,
            Self::Smoke => smoke,
        }
    }

    /// How often references and figures take turns.
    pub(crate) fn rounds(self) -> usize {
        self.pick(5, 2, 1)
    }

    /// How long one round of one load is measured.
    pub(crate) fn measured(self) -> Duration {
        Duration::from_millis(self.pick(10_000, 4_000, 200))
    }

    /// How long it runs before.
    pub(crate) fn warm_up(self) -> Duration {
        Duration::from_millis(self.pick(3_000, 1_500, 100))
    }
}

/// Where other replicas reach a command API; without it there are no owners.
const ADVERTISED: &str = "DOCKET_COMMAND__ADVERTISED";

/// The servers and their addresses.
pub(crate) struct Stage {
    // Fields drop in this order: servers before their directories.
    kafka: Kafka,
    postgres: OnceCell<Postgres>,
    issuer: DevelopmentIssuer,
    auth: AuthConfig,
    names: AtomicU32,
    scratch: TempDir,
}

impl Stage {
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let scratch = tempfile::Builder::new().prefix("docket-bench-").tempdir()?;
        // Postgres runs as another user when root measures.
        let passable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(scratch.path(), passable)?;
        let directory = scratch.path().join("kafka");
        let kafka = tokio::task::spawn_blocking(|| {
            let mut config = docket_supervisor::KafkaConfig::new(directory);
            // A broker as in production, not one as in tests: a heap, and the optimising compiler.
            config.jvm_options = ["-Xms512m", "-Xmx512m", "-XX:TieredStopAtLevel=4"]
                .map(str::to_owned)
                .to_vec();
            Kafka::start(&config)
        });
        let auth = AuthConfig {
            key_file: scratch.path().join("token.key"),
            ..AuthConfig::default()
        };
        Ok(Self {
            kafka: kafka.await??,
            postgres: OnceCell::new(),
            issuer: DevelopmentIssuer::open(&auth)?,
            auth,
            names: AtomicU32::new(0),
            scratch,
        })
    }

    /// Keeps the broker busy until its code is compiled: its compiler takes a core in the first
    /// seconds, which would be counted against whatever is measured first.
    pub(crate) async fn warm_up(&self, size: Size) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_secs(size.pick(30, 15, 0));
        while Instant::now() < end {
            crate::port::append(&self.kafka_log(), 20, 16).await?;
        }
        Ok(())
    }

    pub(crate) fn brokers(&self) -> &str {
        self.kafka.bootstrap()
    }

    /// A name that nothing else on this stage has.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{what}_{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// A new log on Kafka.
    pub(crate) fn kafka_log(&self) -> KafkaConfig {
        let mut config = KafkaConfig::new(self.brokers(), self.name("log"));
        config.development = true;
        config
    }

    /// How much room a log takes on the broker's disk.
    pub(crate) fn log_bytes(&self, log: &KafkaConfig) -> std::io::Result<u64> {
        let prefix = format!("{}-", log.topic);
        let mut bytes = 0;
        let mut directories = vec![self.scratch.path().join("kafka")];
        while let Some(directory) = directories.pop() {
            let name = directory.file_name().unwrap_or_default().to_string_lossy();
            let counts = name.starts_with(&prefix);
            for entry in std::fs::read_dir(&directory)? {
                let entry = entry?;
                let of = entry.metadata()?;
                if of.is_dir() {
                    directories.push(entry.path());
                } else if counts {
                    // What lies there: indexes are made larger than they are.
                    bytes += 512 * std::os::unix::fs::MetadataExt::blocks(&of);
                }
            }
        }
        Ok(bytes)
    }

    /// A new log on Postgres.
    pub(crate) async fn postgres_log(&self) -> anyhow::Result<PostgresConfig> {
        let url = self.postgres().await?.url();
        Ok(PostgresConfig::new(url, self.name("log")))
    }

    /// With the settings that anybody would choose for a server of its own on such a machine.
    pub(crate) async fn postgres(&self) -> anyhow::Result<&Postgres> {
        let directory = self.scratch.path().join("postgres");
        let start = || async {
            let config = docket_supervisor::PostgresConfig::new(directory)
                .setting("shared_buffers", "1GB")
                .setting("max_wal_size", "8GB")
                .setting("max_connections", "300");
            anyhow::Ok(tokio::task::spawn_blocking(move || Postgres::start(&config)).await??)
        };
        self.postgres.get_or_try_init(start).await
    }

    pub(crate) async fn postgres_version(&self) -> anyhow::Result<String> {
        let url = self.postgres().await?.url();
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await?;
        let version: String = sqlx::query_scalar("SHOW server_version")
            .fetch_one(&mut connection)
            .await?;
        let number = version.split(' ').next().unwrap_or_default();
        Ok(format!("Postgres {number}"))
    }

    /// From the name of its jar, which the broker has open.
    pub(crate) fn kafka_version(&self) -> String {
        let pid = self.kafka.pid(0).unwrap_or_default();
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let from = |text: &str| -> Option<String> {
            let (_, rest) = text.split_once("kafka_2.13-")?;
            Some(rest.split_once(".jar")?.0.to_owned())
        };
        let listed = || {
            let jars = line
                .split(['\0', ':'])
                .find_map(|word| word.strip_suffix("/*"));
            let names = std::fs::read_dir(jars?).ok()?;
            names
                .filter_map(Result::ok)
                .find_map(|entry| from(entry.file_name().to_str()?))
        };
        from(&line)
            .or_else(listed)
            .unwrap_or_else(|| "unknown".to_owned())
    }

    pub(crate) fn broker_pid(&self) -> u32 {
        self.kafka.pid(0).unwrap_or_default() as u32
    }

    pub(crate) fn auth(&self) -> &AuthConfig {
        &self.auth
    }

    /// What accepts this stage's tokens.
    pub(crate) fn issuer(&self) -> &DevelopmentIssuer {
        &self.issuer
    }

    /// A token that lasts longer than any measurement.
    pub(crate) fn token(&self, subject: &str, role: Role) -> anyhow::Result<String> {
        let day = Duration::from_hours(24);
        Ok(self.issuer.token(subject, role, day)?)
    }

    /// A process that does nothing but answer the requests of [`crate::tickets`] after parsing
    /// their JSON.
    pub(crate) async fn bare(&self) -> anyhow::Result<Process> {
        self.start("bare", &[], BTreeMap::new()).await
    }

    /// A command API in a process of its own, as in production.
    pub(crate) async fn command_api(&self, log: &KafkaConfig) -> anyhow::Result<Process> {
        let environment = Self::kafka_environment(log);
        self.start("command-api", &[], environment).await
    }

    /// One of several command APIs on a log, which share its partitions if there are to be owners.
    pub(crate) async fn replica(&self, log: &KafkaConfig, owners: bool) -> anyhow::Result<Process> {
        let mut environment = Self::kafka_environment(log);
        if owners {
            // Made into the address that it gets.
            environment.insert(ADVERTISED.into(), String::new());
        }
        self.start("command-api", &[], environment).await
    }

    /// The same with snapshots in that directory, if one is given, written as soon as something has
    /// come.
    pub(crate) async fn command_api_with(
        &self,
        log: &KafkaConfig,
        snapshots: Option<&Path>,
    ) -> anyhow::Result<Process> {
        let mut environment = Self::kafka_environment(log);
        if let Some(directory) = snapshots {
            let mut set = |name: &str, value| environment.insert(name.to_owned(), value);
            set(
                "DOCKET_COMMAND__SNAPSHOT_DIRECTORY",
                directory.display().to_string(),
            );
            set("DOCKET_COMMAND__SNAPSHOT_RECORDS_MIN", "1".to_owned());
        }
        self.start("command-api", &[], environment).await
    }

    /// Command API, projector and query API in one process, the view in this stage's Postgres.
    pub(crate) async fn all_in_one(&self, log: &KafkaConfig) -> anyhow::Result<Process> {
        self.everything(Self::kafka_environment(log)).await
    }

    async fn everything(
        &self,
        mut environment: BTreeMap<String, String>,
    ) -> anyhow::Result<Process> {
        let name = self.name("view");
        let postgres = self.postgres().await?;
        environment.insert("DOCKET_READ_MODEL__URL".into(), postgres.url());
        environment.insert("DOCKET_READ_MODEL__SCHEMA".into(), name.clone());
        for view in ["routing", "survey", "outbox"] {
            let section = format!("DOCKET_{}", view.to_uppercase());
            environment.insert(format!("{section}__URL"), postgres.url());
            environment.insert(format!("{section}__SCHEMA"), format!("{name}_{view}"));
        }
        let directory: PathBuf = self.scratch.path().join(name);
        self.start("all-in-one", &[directory.as_path()], environment)
            .await
    }

    /// The same with its log in this stage's Postgres too.
    pub(crate) async fn all_in_one_on_postgres(&self) -> anyhow::Result<Process> {
        let log = self.postgres_log().await?;
        let environment = [
            ("DOCKET_LOG__POSTGRES__URL", log.url),
            ("DOCKET_LOG__POSTGRES__SCHEMA", log.schema),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        self.everything(environment.into()).await
    }

    fn kafka_environment(log: &KafkaConfig) -> BTreeMap<String, String> {
        [
            ("DOCKET_LOG__KAFKA__BROKERS", log.brokers.clone()),
            ("DOCKET_LOG__KAFKA__TOPIC", log.topic.clone()),
            ("DOCKET_LOG__KAFKA__DEVELOPMENT", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    async fn start(
        &self,
        what: &str,
        arguments: &[&Path],
        mut environment: BTreeMap<String, String>,
    ) -> anyhow::Result<Process> {
        // Free a moment ago; nobody else on this machine takes ports by number.
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        drop(listener);
        let key = self.auth.key_file.display().to_string();
        environment.insert("DOCKET_AUTH__KEY_FILE".into(), key);
        environment.insert("DOCKET_HTTP__LISTEN".into(), address.to_string());
        if let Some(advertised) = environment.get_mut(ADVERTISED) {
            *advertised = address.to_string();
        }
        // What it logs costs something in production too; it goes to a file as there.
        let log = self.scratch.path().join(self.name(what));
        Process::start(address, what, arguments, &environment, &log).await
    }
}

/// This very program as a server ([`crate::serve`]). It ends when this is dropped, or when we end.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
    _child: Child,
}

/// How long a server may take until it is ready: some read millions of records first.
const READY_WITHIN: Duration = Duration::from_mins(20);

impl Process {
    async fn start(
        address: SocketAddr,
        what: &str,
        arguments: &[&Path],
        environment: &BTreeMap<String, String>,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", what])
            .args(arguments)
            .envs(environment)
            .stdin(Stdio::piped())
            .stderr(File::create(log)?)
            .kill_on_drop(true)
            .spawn()?;
        let deadline = Instant::now() + READY_WITHIN;
        while !is_ready(address).await {
            let alive = child.try_wait()?.is_none() && Instant::now() < deadline;
            let said = || std::fs::read_to_string(log).unwrap_or_default();
            ensure!(alive, "`serve {what}` does not become ready:\n{}", said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self {
            address,
            pid: child.id().context("it runs")?,
            _child: child,
        })
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let request = b"GET /readyz HTTP/1.1\r\nhost: docket\r\n\r\n";
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    let answer = connection.exchange(request).await;
    answer.is_ok_and(|answer| answer.status == 200)
}
