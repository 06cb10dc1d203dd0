//! A private Kafka of one broker, or of three for tests of what happens when one fails.
//!
//! Each broker is also a controller; everything listens on the loopback address only.
//! Data survive a stop and a `kill -9`; ports may change from one [`Kafka::start`] to the next.

mod distribution;
mod properties;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use distribution::Distribution;
use properties::Ports;

use crate::Error;
use crate::lock::DirectoryLock;
use crate::process::{Program, Supervised, is_alive};

const READY_WITHIN_S: u64 = 90;

/// The same for all our clusters (they never meet): 16 bytes in base64, as Kafka wants it.
const CLUSTER_ID: &str = "ZG9ja2V0LXByaXZhdGUtMQ";

/// What to start.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// A directory of its own for data and logs.
    pub data_dir: PathBuf,
    /// One or three.
    pub brokers: usize,
    /// Broker settings, as in `server.properties`. They win over ours.
    pub properties: Vec<(String, String)>,
    /// Further options of the Java machine, such as `-Xmx512m`; later ones win.
    pub jvm_options: Vec<String>,
}

impl KafkaConfig {
    /// One broker in that directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            brokers: 1,
            properties: Vec::new(),
            jvm_options: Vec::new(),
        }
    }

    /// Sets the number of brokers.
    pub fn brokers(mut self, brokers: usize) -> Self {
        self.brokers = brokers;
        self
    }

    /// Adds a broker setting.
    pub fn property(mut self, name: &str, value: &str) -> Self {
        self.properties.push((name.into(), value.into()));
        self
    }
}

/// A running Kafka. A private one is killed when this is dropped (Kafka recovers from that; an
/// orderly stop takes six seconds).
#[derive(Debug)]
pub struct Kafka {
    // Declared before the lock: fields drop in this order, and the brokers go first.
    brokers: Vec<Broker>,
    _lock: Option<DirectoryLock>,
    bootstrap: String,
}

#[derive(Debug)]
struct Broker {
    server: Supervised,
    program: Program,
    address: String,
}

impl Kafka {
    /// Starts the brokers and waits until they take part in the cluster. The very first time this
    /// also fetches Kafka (44 MB, by Maven) into a cache folder:
    /// `$DOCKET_CACHE`, else `$XDG_CACHE_HOME/docket`, `~/.cache/docket`, or one below the temporary
    /// directory. `KAFKA_HOME` names an unpacked Kafka to use instead.
    pub fn start(config: &KafkaConfig) -> Result<Self, Error> {
        let distribution = Distribution::find()?;
        Self::start_with(&distribution, config, "KILL")
    }

    /// Somebody else's broker at `bootstrap` (HOST:PORT, or several with commas between).
    pub fn running_at(bootstrap: impl Into<String>) -> Self {
        Self {
            brokers: Vec::new(),
            _lock: None,
            bootstrap: bootstrap.into(),
        }
    }

    fn start_with(
        distribution: &Distribution,
        config: &KafkaConfig,
        stop: &'static str,
    ) -> Result<Self, Error> {
        fs::create_dir_all(&config.data_dir).map_err(Error::io("create", &config.data_dir))?;
        let root =
            fs::canonicalize(&config.data_dir).map_err(Error::io("resolve", &config.data_dir))?;
        let lock = DirectoryLock::acquire(&root)?;
        wait_for_leftovers(&root, config.brokers);
        let mut attempts = 3;
        let brokers = loop {
            // A port that was free may be taken before the broker has it.
            let ports = Ports::choose(config.brokers).map_err(Error::io("bind", &root))?;
            match launch_all(distribution, config, &root, &ports, stop) {
                Err(Error::Died { tail, .. })
                    if attempts > 1 && tail.contains("Address already in use") =>
                {
                    attempts -= 1;
                }
                outcome => break outcome?,
            }
        };
        let addresses: Vec<_> = brokers
            .iter()
            .map(|broker| broker.address.as_str())
            .collect();
        Ok(Self {
            bootstrap: addresses.join(","),
            brokers,
            _lock: Some(lock),
        })
    }

    /// What clients connect to: `127.0.0.1:PORT`, with commas between several.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The address of one broker, counted from 0 (its `node.id` is one more).
    pub fn address(&self, broker: usize) -> Result<&str, Error> {
        let found = self.brokers.get(broker);
        found
            .map(|broker| broker.address.as_str())
            .ok_or_else(|| self.not_ours())
    }

    /// The process id of one broker.
    pub fn pid(&self, broker: usize) -> Result<i32, Error> {
        let found = self.brokers.get(broker);
        found
            .map(|broker| broker.server.pid())
            .ok_or_else(|| self.not_ours())
    }

    /// Has that broker not ended? A frozen one has not.
    pub fn is_running(&mut self, broker: usize) -> Result<bool, Error> {
        Ok(self.broker(broker)?.server.is_running())
    }

    /// Kills one broker with `-9`.
    pub fn kill(&mut self, broker: usize) -> Result<(), Error> {
        self.broker(broker)?.server.kill();
        Ok(())
    }

    /// Freezes one broker: its connections stay open and nobody answers.
    pub fn pause(&mut self, broker: usize) -> Result<(), Error> {
        self.broker(broker)?.server.pause();
        Ok(())
    }

    /// Lets a frozen broker go on.
    pub fn resume(&mut self, broker: usize) -> Result<(), Error> {
        self.broker(broker)?.server.resume();
        Ok(())
    }

    /// Starts one broker again, with its data and its address. The others must be a majority.
    pub fn restart(&mut self, broker: usize) -> Result<(), Error> {
        let broker = self.broker(broker)?;
        broker.server.stop();
        broker.server = Supervised::spawn(&broker.program)?;
        broker.wait_until_ready()
    }

    /// Starts all brokers again, with their data and their addresses.
    pub fn restart_all(&mut self) -> Result<(), Error> {
        if self.brokers.is_empty() {
            return Err(self.not_ours());
        }
        for broker in &mut self.brokers {
            broker.server.stop();
        }
        for broker in &mut self.brokers {
            broker.server = Supervised::spawn(&broker.program)?;
        }
        self.brokers
            .iter_mut()
            .try_for_each(Broker::wait_until_ready)
    }

    /// Stops all brokers.
    pub fn stop(self) {
        drop(self);
    }

    fn broker(&mut self, broker: usize) -> Result<&mut Broker, Error> {
        let not_ours = self.not_ours();
        self.brokers.get_mut(broker).ok_or(not_ours)
    }

    fn not_ours(&self) -> Error {
        Error::NotOurs {
            bootstrap: self.bootstrap.clone(),
        }
    }
}

impl Broker {
    fn wait_until_ready(&mut self) -> Result<(), Error> {
        self.server.wait_until(READY_WITHIN_S, |server| {
            server.log_text().contains("Kafka Server started")
        })
    }
}

/// Formats (all at once: each is a Java start), then starts, then waits.
fn launch_all(
    distribution: &Distribution,
    config: &KafkaConfig,
    root: &Path,
    ports: &Ports,
    stop: &'static str,
) -> Result<Vec<Broker>, Error> {
    thread::scope(|scope| {
        let format = |node| format_storage(distribution, config, root, ports, node);
        let formats: Vec<_> = (1..=config.brokers)
            .map(|node| scope.spawn(move || format(node)))
            .collect();
        formats.into_iter().try_for_each(|format| {
            format
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    let mut brokers = Vec::new();
    for node in 1..=config.brokers {
        let file = properties::write(root, &data_dir(root, node), config, ports, node)?;
        let program = java(
            distribution,
            config,
            root,
            node,
            stop,
            &["kafka.Kafka".into(), file.into()],
        );
        let server = Supervised::spawn(&program)?;
        let pid_file = pid_file(root, node);
        fs::write(&pid_file, server.pid().to_string()).map_err(Error::io("write", &pid_file))?;
        brokers.push(Broker {
            server,
            program,
            address: ports.address(node),
        });
    }
    brokers.iter_mut().try_for_each(Broker::wait_until_ready)?;
    Ok(brokers)
}

/// Half-formatted storage never counts: it is made aside, and a rename makes it the broker's.
fn format_storage(
    distribution: &Distribution,
    config: &KafkaConfig,
    root: &Path,
    ports: &Ports,
    node: usize,
) -> Result<(), Error> {
    let data = data_dir(root, node);
    if data.join("meta.properties").exists() {
        return Ok(());
    }
    let unfinished = data.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::io("remove", &unfinished))?;
    }
    let file = properties::write(root, &unfinished, config, ports, node)?;
    let tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"].map(OsString::from);
    let arguments: Vec<_> = tool.into_iter().chain([file.into()]).collect();
    Supervised::run(&java(distribution, config, root, node, "KILL", &arguments))?;
    fs::rename(&unfinished, &data).map_err(Error::io("rename", &unfinished))
}

fn java(
    distribution: &Distribution,
    config: &KafkaConfig,
    root: &Path,
    node: usize,
    stop: &'static str,
    arguments: &[OsString],
) -> Program {
    let options = config.jvm_options.iter().map(OsString::from);
    Program {
        path: distribution.java.clone(),
        arguments: distribution
            .jvm_options()
            .into_iter()
            .chain(options)
            .chain(["-cp".into(), distribution.class_path.clone()])
            .chain(arguments.iter().cloned())
            .collect(),
        environment: Vec::new(),
        log: root.join(format!("broker-{node}.log")),
        directory: root.to_owned(),
        user: None,
        stop: (stop, 60),
    }
}

/// We hold the directory's lock, so a broker that still runs lost its parent a moment ago and is
/// about to be killed. (The id may by now be another process's; then this waits in vain.)
fn wait_for_leftovers(root: &Path, brokers: usize) {
    let deadline = Instant::now() + Duration::from_secs(5);
    for node in 1..=brokers {
        let pid = fs::read_to_string(pid_file(root, node));
        let Some(pid) = pid.ok().and_then(|pid| pid.trim().parse().ok()) else {
            continue;
        };
        while is_alive(pid) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn data_dir(root: &Path, node: usize) -> PathBuf {
    root.join(format!("broker-{node}"))
}

fn pid_file(root: &Path, node: usize) -> PathBuf {
    root.join(format!("broker-{node}.pid"))
}
