//! What every process manager is: a fold of facts in memory, and what is due on it. One loop reads
//! the log for it, sends what it wants, and hears what became of that.
//!
//! Guarantee: nothing is sent before the log has been read to the end it had at the start. A log or
//! a command API that is away is waited for, and a token that isn't accepted stops everything but one
//! attempt at a time; a log that can't be read on, or a panic, stops this process manager with an
//! alarm, and nothing else.

mod barred;
mod run;

use docket_domain::Timestamp;
use docket_event_log::Log;
use docket_service::Shutdown;
use docket_service::health::{Component, Health};
use metrics::gauge;
use tokio::task::JoinHandle;

use crate::commands::{Command, Sender};
use crate::fact::Told;

/// A process manager, as the loop needs it. It is told the time, and sends nothing itself.
pub trait Manager: Send + 'static {
    /// A command it wants sent, with what it must know of it when it hears what became of it.
    type Intent: Send + 'static;
    /// Its name in health, figures and logs.
    const NAME: &'static str;

    /// Takes in a record.
    fn read(&mut self, now: Timestamp, told: &Told);

    /// Takes in what follows from that, and wants nothing: while the log is still being read from
    /// its start, or nothing may be sent.
    fn catch_up(&mut self, now: Timestamp) {
        let _ = now;
    }

    /// Hears that everything which was in the log at that time has been read.
    fn complete_until(&mut self, at: Timestamp) {
        let _ = at;
    }

    /// A bounded amount of what there is to do.
    fn step(&mut self, now: Timestamp) -> Step<Self::Intent>;

    /// When to step again, if nothing is read before; at the latest it is a second later.
    fn next_timer(&self) -> Option<Timestamp>;

    /// The command for it. Whoever sends one for the same reason gives it the same key.
    fn command(intent: &Self::Intent) -> Command;

    /// Hears that it was refused, or is so already; what has been read since may have settled it.
    fn refused(&mut self, now: Timestamp, intent: &Self::Intent);

    /// Whether it is still wanted.
    fn is_wanted(&self, intent: &Self::Intent) -> bool;

    /// Tells its figures.
    fn tell(&self);
}

/// What a step came to.
#[derive(Debug)]
pub struct Step<I> {
    /// What is to be sent.
    pub intents: Vec<I>,
    /// Whether there is more to do at once.
    pub more: bool,
}

/// A process manager at work.
#[derive(Debug)]
pub struct Handle {
    task: JoinHandle<()>,
}

impl Handle {
    /// Waits until it has ended, as it does after shutdown.
    pub async fn stopped(self) {
        // A panic of the work is told where it is met; of this task there is none.
        let _ = self.task.await;
    }
}

/// Lets it work on that log until `shutdown`. Returns at once; how it is doing shows in the health's
/// component of its name.
pub fn start<M: Manager>(
    manager: M,
    log: &Log,
    sender: &Sender,
    health: &Health,
    shutdown: &Shutdown,
) -> Handle {
    let component = health.component(M::NAME);
    component.failing("reading the log");
    stopped::<M>(false);
    let (log, sender) = (Log::clone(log), sender.clone());
    let work = run::work(manager, log, sender, component.clone(), shutdown.token());
    // Folding and planning have a thread of their own: a whole log is read at the start, and whoever
    // answers requests in the same process isn't to wait for it.
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || runtime.block_on(work));
    Handle {
        task: tokio::spawn(watch::<M>(work, component)),
    }
}

async fn watch<M: Manager>(work: JoinHandle<()>, component: Component) {
    if let Err(failure) = work.await {
        tracing::error!(manager = M::NAME, error = %failure, "the process manager panicked");
        component.failing(format!("{failure}: it must be started again"));
        stopped::<M>(true);
    }
}

/// The alarm.
fn stopped<M: Manager>(is: bool) {
    gauge!("docket_process_manager_stopped", "manager" => M::NAME).set(f64::from(u8::from(is)));
}
