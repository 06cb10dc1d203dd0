//! One real process of the command API: started, killed, frozen, stopped in order.
//!
//! It is this very program, run again with the hidden subcommand `replica`, configured by its
//! environment as an operator would. It can't outlive us, however we end.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use docket_supervisor::{Program, Supervised};
use tokio::time::{Instant, sleep};

use crate::report::append;
use crate::snapshots::LIFE;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "replica";

/// How long one may take to read the log and be ready.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Runs the command API's process if that is what this program was started for, and never returns
/// then. To be called first in `main` by every program that starts a
/// [`Cluster`](crate::Cluster).
pub fn run_if_asked() {
    if std::env::args().nth(1).as_deref() != Some(SUBCOMMAND) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let arguments = docket_command_api::process::Arguments::default();
        Ok(runtime.block_on(docket_command_api::process::run(arguments))?)
    });
    match ended {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            eprintln!("{error:#}");
            std::process::exit(1);
        }
    }
}

/// A process of the command API, running or not.
#[derive(Debug)]
pub struct Replica {
    name: String,
    address: SocketAddr,
    log: PathBuf,
    program: Program,
    server: Mutex<Option<Supervised>>,
    /// Whether a load balancer would send to it, as [`Front`](crate::Front) found.
    pub(crate) ready: AtomicBool,
}

impl Replica {
    pub(crate) fn new(name: String, address: SocketAddr, log: PathBuf, program: Program) -> Self {
        Self {
            name,
            address,
            log,
            program,
            server: Mutex::new(None),
            ready: AtomicBool::new(false),
        }
    }

    /// What the report calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens, the same in every life.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether there is a process, frozen or not.
    pub fn is_running(&self) -> bool {
        self.lock().as_mut().is_some_and(Supervised::is_running)
    }

    /// Starts the process, which must not run; [`wait_until_ready`](Self::wait_until_ready) is for
    /// what comes then.
    pub async fn spawn(self: &Arc<Self>) -> anyhow::Result<()> {
        self.with(|replica| {
            let mut server = replica.lock();
            if server.as_mut().is_some_and(Supervised::is_running) {
                bail!("{} runs already", replica.name);
            }
            append(&replica.log, &[LIFE.to_owned()]);
            *server = Some(Supervised::spawn(&replica.program)?);
            Ok(())
        })
        .await
    }

    /// [`spawn`](Self::spawn), and waits until it is ready.
    pub async fn start(self: &Arc<Self>) -> anyhow::Result<()> {
        self.spawn().await?;
        self.wait_until_ready().await
    }

    /// Waits until `/readyz` says so.
    pub async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()?;
        let url = format!("http://{}/readyz", self.address);
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Ok(response) = http.get(&url).send().await
                && response.status() == 200
            {
                return Ok(());
            }
            if !self.is_running() {
                bail!("{} ended while starting:\n{}", self.name, self.log_tail());
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {READY_WITHIN:?}:\n{}",
                    self.name,
                    self.log_tail()
                );
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills it with `-9`; an error if it had ended before.
    pub async fn kill(self: &Arc<Self>) -> anyhow::Result<()> {
        self.on_server(Supervised::kill).await
    }

    /// Freezes it (SIGSTOP): its connections stay open and nobody answers. An error if it had ended
    /// before.
    pub async fn pause(self: &Arc<Self>) -> anyhow::Result<()> {
        self.on_server(Supervised::pause).await
    }

    /// Lets it go on (SIGCONT).
    pub async fn resume(self: &Arc<Self>) -> anyhow::Result<()> {
        self.on_server(Supervised::resume).await
    }

    /// Stops it in order (SIGTERM) and waits for its end; an error if it didn't end as it should.
    pub async fn stop(self: &Arc<Self>) -> anyhow::Result<()> {
        let mut in_order = true;
        let stopped = self
            .with(|replica| Ok(replica.lock().as_mut().is_none_or(Supervised::stop)))
            .await;
        in_order &= stopped?;
        if !in_order {
            bail!("{} did not stop in order:\n{}", self.name, self.log_tail());
        }
        Ok(())
    }

    async fn on_server(self: &Arc<Self>, act: fn(&mut Supervised)) -> anyhow::Result<()> {
        // A signal to one that has ended would do nothing, and look as if it had.
        self.with(move |replica| {
            if !replica.is_running() {
                bail!("{} ended by itself:\n{}", replica.name, replica.log_tail());
            }
            if let Some(server) = replica.lock().as_mut() {
                act(server);
            }
            Ok(())
        })
        .await
    }

    /// Signals are quick, but an orderly stop takes as long as it takes.
    async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let replica = Arc::clone(self);
        tokio::task::spawn_blocking(move || act(&replica)).await?
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Supervised>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        // librdkafka says much while a broker is away; the file has it all.
        let lines = text.lines().filter(|line| !line.contains("librdkafka"));
        let lines: Vec<_> = lines.collect();
        lines[lines.len().saturating_sub(4)..].join("\n")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // At once: whoever wants an orderly end has asked for it.
        if let Some(server) = self.lock().as_mut() {
            server.kill();
        }
    }
}
