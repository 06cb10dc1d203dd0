//! The settings of a private broker: small, quick to start, and as strict as the log wants them.

use std::fmt::Write as _;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::kafka::KafkaConfig;

/// Two ports per broker: clients and brokers talk on the first, controllers on the second.
pub(super) struct Ports(Vec<(u16, u16)>);

impl Ports {
    /// Free ports below those that systems hand to outgoing connections, so that a broker which
    /// is down for a moment finds its own free again.
    pub(super) fn choose(brokers: usize) -> io::Result<Self> {
        let mut listeners = Vec::new();
        let mut candidate = 20_000 + (RandomState::new().hash_one("port") % 11_000) as u16;
        while listeners.len() < 2 * brokers {
            candidate = if candidate < 32_000 {
                candidate + 1
            } else {
                20_000
            };
            // Held until all are chosen.
            match TcpListener::bind(("127.0.0.1", candidate)) {
                Ok(listener) => listeners.push((listener, candidate)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        let pairs = listeners.chunks_exact(2);
        Ok(Self(pairs.map(|pair| (pair[0].1, pair[1].1)).collect()))
    }

    /// Where clients find that node.
    pub(super) fn address(&self, node: usize) -> String {
        format!("127.0.0.1:{}", self.0[node - 1].0)
    }

    fn voters(&self) -> String {
        let voters = (1..).zip(&self.0);
        let voters: Vec<_> = voters
            .map(|(node, (_, port))| format!("{node}@127.0.0.1:{port}"))
            .collect();
        voters.join(",")
    }
}

/// Writes the file of one broker that keeps its data in `data`.
pub(super) fn write(
    root: &Path,
    data: &Path,
    config: &KafkaConfig,
    ports: &Ports,
    node: usize,
) -> Result<PathBuf, Error> {
    let mut text = String::new();
    let mut set = |name: &str, value: &str| {
        let _ = writeln!(text, "{name}={value}");
    };
    let (address, controller) = (ports.address(node), ports.0[node - 1].1);
    set("node.id", &node.to_string());
    set("process.roles", "broker,controller");
    set("controller.quorum.voters", &ports.voters());
    set(
        "listeners",
        &format!("BROKER://{address},CONTROLLER://127.0.0.1:{controller}"),
    );
    set("advertised.listeners", &format!("BROKER://{address}"));
    set("inter.broker.listener.name", "BROKER");
    set("controller.listener.names", "CONTROLLER");
    set(
        "listener.security.protocol.map",
        "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    );
    set("log.dirs", &data.display().to_string());
    let replicas = config.brokers.to_string();
    let in_sync = if config.brokers > 1 { "2" } else { "1" };
    for topic in [
        "offsets.topic",
        "transaction.state.log",
        "share.coordinator.state.topic",
    ] {
        set(&format!("{topic}.replication.factor"), &replicas);
        set(&format!("{topic}.num.partitions"), "4");
    }
    for minimum in [
        "transaction.state.log.min.isr",
        "share.coordinator.state.topic.min.isr",
    ] {
        set(minimum, in_sync);
    }
    set("default.replication.factor", &replicas);
    set("min.insync.replicas", in_sync);
    for (name, value) in SMALL {
        set(name, value);
    }
    if config.brokers > 1 {
        for (name, value) in FAST_FAILOVER {
            set(name, value);
        }
    }
    for (name, value) in &config.properties {
        set(name, value);
    }
    let file = root.join(format!("broker-{node}.properties"));
    fs::write(&file, text).map_err(Error::io("write", &file))?;
    Ok(file)
}

const SMALL: [(&str, &str); 6] = [
    ("auto.create.topics.enable", "false"),
    ("group.initial.rebalance.delay.ms", "0"),
    ("log.cleaner.dedupe.buffer.size", "2097152"),
    ("num.network.threads", "2"),
    ("num.io.threads", "4"),
    ("num.recovery.threads.per.data.dir", "2"),
];

/// Not for a single broker: fenced by a hiccup, it would be no faster, only gone.
const FAST_FAILOVER: [(&str, &str); 8] = [
    ("broker.session.timeout.ms", "2000"),
    ("broker.heartbeat.interval.ms", "200"),
    ("controller.quorum.fetch.timeout.ms", "1000"),
    ("controller.quorum.election.timeout.ms", "300"),
    ("controller.quorum.election.backoff.max.ms", "150"),
    ("controller.quorum.request.timeout.ms", "500"),
    ("replica.fetch.wait.max.ms", "50"),
    ("replica.fetch.backoff.ms", "50"),
];
