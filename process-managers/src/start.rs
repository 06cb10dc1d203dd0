//! All process managers of a process, by their configuration.

use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::config::{Check, ConfigError};
use docket_service::health::Health;

use crate::closer::{Closer, CloserConfig};
use crate::commands::Sender;
use crate::inviter::{Inviter, InviterConfig};
use crate::manager::{self, Handle};
use crate::router::{Router, RouterConfig};

/// Each one's section.
#[derive(Clone, Debug, Default)]
pub struct Managers {
    /// Section `router`.
    pub router: RouterConfig,
    /// Section `closer`.
    pub closer: CloserConfig,
    /// Section `inviter`.
    pub inviter: InviterConfig,
}

impl Check for Managers {
    fn check(&self) -> Result<(), ConfigError> {
        self.router.check()?;
        self.closer.check()?;
        self.inviter.check()?;
        let both = self.closer.enabled && self.inviter.enabled;
        ConfigError::unless(
            !both || self.inviter.resolved_within_s > self.closer.after_s,
            "inviter.resolved_within_s",
            "is not more than closer.after_s, so that nobody would be asked",
        )
    }
}

/// Those that are at work.
#[derive(Debug)]
pub struct Handles(Vec<Handle>);

impl Handles {
    /// Waits until all have ended, as they do after shutdown.
    pub async fn stopped(self) {
        for handle in self.0 {
            handle.stopped().await;
        }
    }
}

/// Starts those that are enabled, until `shutdown`. Returns at once; how each is doing shows in the
/// health's component of its name.
pub fn start(
    log: &Log,
    managers: &Managers,
    sender: &Sender,
    health: &Health,
    shutdown: &Shutdown,
) -> Handles {
    let partitions = log.identity().partitions;
    let mut handles = Vec::new();
    if managers.router.enabled {
        let router = Router::new(&managers.router, partitions);
        handles.push(manager::start(router, log, sender, health, shutdown));
    }
    if managers.closer.enabled {
        let closer = Closer::new(&managers.closer, partitions);
        handles.push(manager::start(closer, log, sender, health, shutdown));
    }
    if managers.inviter.enabled {
        let inviter = Inviter::new(&managers.inviter, partitions);
        handles.push(manager::start(inviter, log, sender, health, shutdown));
    }
    Handles(handles)
}
