//! The orderly end of a process: asked for once, it finishes what was accepted; asked for twice,
//! it stops at once.

use std::process;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Shared by everything in a process that has to know that the end has come.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets SIGINT (Ctrl-C) and SIGTERM ask for the end. A second one ends the process without
    /// further ado, with the status a shell expects (128 + 2).
    pub fn on_signals(&self) -> std::io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            tracing::info!("stopping: finishing what was accepted; once more to stop at once");
            shutdown.request();
            either(&mut interrupt, &mut terminate).await;
            tracing::warn!("stopped at once");
            process::exit(130);
        });
        Ok(())
    }

    /// Asks for the end.
    pub fn request(&self) {
        self.0.cancel();
    }

    /// Has somebody asked?
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until somebody asks.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }

    /// For what takes a token.
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
