//! What both commands need: brokers, replicas, a front and a tail in one directory, which is gone
//! afterwards unless something was wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::brokers::Brokers;
use crate::cluster::{Cluster, ClusterConfig};
use crate::front::Front;
use crate::tail::Tail;

/// How a site is made.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// One or three.
    pub brokers: usize,
    /// How many replicas.
    pub replicas: usize,
    /// Whether replicas claim and forward.
    pub owners: bool,
    /// Whether replicas write snapshots and start from them.
    pub snapshots: bool,
    /// Which program is the replica; see [`ClusterConfig::program`].
    pub program: Option<PathBuf>,
}

/// Everything that runs.
#[derive(Debug)]
pub struct Site {
    /// The clients' way in.
    pub front: Front,
    /// What lies in the log.
    pub tail: Arc<Tail>,
    /// All times count from here.
    pub start: Instant,
    directory: TempDir,
}

impl Site {
    /// Starts it all.
    pub async fn start(config: &SiteConfig) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("docket-chaos-").tempdir()?;
        let brokers = Brokers::start(config.brokers, directory.path().join("kafka")).await?;
        let cluster = ClusterConfig {
            replicas: config.replicas,
            owners: config.owners,
            snapshots: config.snapshots,
            program: config.program.clone(),
            ..ClusterConfig::new(directory.path().join("replicas"))
        };
        let cluster = Cluster::start(&brokers, cluster).await?;
        let tail = Arc::new(Tail::start(&cluster.open_log().await?).await?);
        Ok(Self {
            front: Front::new(&cluster)?,
            tail,
            start: Instant::now(),
            directory,
        })
    }

    /// The cluster.
    pub fn cluster(&self) -> &Arc<Cluster> {
        self.front.cluster()
    }

    /// Where everything lies.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Who owns which partitions, by the replicas' names.
    pub fn owners(&self) -> Vec<String> {
        let replicas = self.cluster().replicas();
        let owners = self.tail.owners().into_iter();
        let name = |address: String| {
            let known = |one: &&Arc<crate::Replica>| one.address().to_string() == address;
            match replicas.iter().find(known) {
                Some(replica) => replica.name().to_owned(),
                None => "gone".to_owned(),
            }
        };
        owners
            .map(|owner| owner.map_or_else(|| "-".to_owned(), name))
            .collect()
    }

    /// Ends it; the replicas should have been stopped. The directory goes unless it is kept; then
    /// its path comes back.
    pub async fn end(self, keep: bool) -> Option<PathBuf> {
        let cluster = Arc::clone(self.cluster());
        drop((self.front, self.tail));
        // The brokers go with the cluster, and the directory after them.
        while Arc::strong_count(&cluster) > 1 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(cluster);
        keep.then(|| self.directory.keep())
    }
}
