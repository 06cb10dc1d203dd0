//! How each partition's projector is doing, for health, metrics and whoever waits.

use std::sync::Arc;

use docket_event_log::{Cursor, Partition};
use docket_service::health::Component;
use tokio::sync::watch;

/// One partition's projector.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// Not begun.
    #[default]
    Starting,
    /// Reads and commits.
    Following,
    /// Waits for something that is down, for this reason; goes on by itself.
    Retrying(String),
    /// Needs an operator, for this reason.
    Stopped(String),
}

/// One partition.
#[derive(Clone, Debug, Default)]
pub struct PartitionProgress {
    /// How it is doing.
    pub state: State,
    /// What is in the view, since this process works on it.
    pub cursor: Option<Cursor>,
}

/// All partitions of one view; cheap to clone.
#[derive(Clone, Debug)]
pub struct Progress {
    partitions: Arc<watch::Sender<Vec<PartitionProgress>>>,
    health: Component,
}

impl Progress {
    pub(crate) fn new(partitions: u16, health: Component) -> Self {
        let none = vec![PartitionProgress::default(); usize::from(partitions)];
        Self {
            partitions: Arc::new(watch::Sender::new(none)),
            health,
        }
    }

    /// Sees every change from now on.
    pub fn subscribe(&self) -> watch::Receiver<Vec<PartitionProgress>> {
        self.partitions.subscribe()
    }

    pub(crate) fn moved(&self, partition: Partition, cursor: &Cursor) {
        self.partitions.send_modify(|all| {
            all[usize::from(partition.0)].cursor = Some(cursor.clone());
        });
    }

    /// The component of the process's health says the same; it logs what changes, once.
    pub(crate) fn set(&self, partition: Partition, state: State) {
        self.change(|all| all[usize::from(partition.0)].state = state);
    }

    pub(crate) fn set_all(&self, state: &State) {
        self.change(|all| {
            for partition in all {
                partition.state.clone_from(state);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Vec<PartitionProgress>)) {
        // Health is told inside, so that of two changes at once the later one is the last said.
        self.partitions.send_modify(|all| {
            change(all);
            match worst(all) {
                None => self.health.ok(),
                Some(why) => self.health.failing(why),
            }
        });
    }
}

/// What is wrong with the first partition that isn't well; a stopped one before all others.
fn worst(all: &[PartitionProgress]) -> Option<String> {
    let find = |stopped: bool| {
        all.iter()
            .enumerate()
            .find_map(|(partition, progress)| match &progress.state {
                State::Stopped(why) if stopped => {
                    Some(format!("partition {partition} has stopped: {why}"))
                }
                State::Retrying(why) if !stopped => {
                    Some(format!("partition {partition} waits: {why}"))
                }
                State::Starting if !stopped => Some("starting".to_owned()),
                _ => None,
            })
    };
    find(true).or_else(|| find(false))
}
