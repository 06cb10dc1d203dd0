//! How each partition's projector is doing, for health, metrics and whoever waits.

use std::sync::Arc;

use docket_event_log::{Cursor, Partition};
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
pub struct Progress(Arc<watch::Sender<Vec<PartitionProgress>>>);

impl Progress {
    pub(crate) fn new(partitions: u16) -> Self {
        let none = vec![PartitionProgress::default(); usize::from(partitions)];
        Self(Arc::new(watch::Sender::new(none)))
    }

    /// Sees every change from now on.
    pub fn subscribe(&self) -> watch::Receiver<Vec<PartitionProgress>> {
        self.0.subscribe()
    }

    pub(crate) fn moved(&self, partition: Partition, cursor: &Cursor) {
        self.0.send_modify(|all| {
            all[usize::from(partition.0)].cursor = Some(cursor.clone());
        });
    }

    /// Whether it is another kind of state than before.
    pub(crate) fn set(&self, partition: Partition, state: State) -> bool {
        let mut new = false;
        self.0.send_modify(|all| {
            let before = &mut all[usize::from(partition.0)].state;
            new = std::mem::discriminant(before) != std::mem::discriminant(&state);
            *before = state;
        });
        new
    }

    pub(crate) fn set_all(&self, state: &State) -> bool {
        let partitions = self.0.borrow().len() as u16;
        let mut new = false;
        for partition in 0..partitions {
            new |= self.set(Partition(partition), state.clone());
        }
        new
    }
}
