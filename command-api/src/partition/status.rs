//! What the rest of the process may know of a partition's task while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use docket_event_log::Place;
use docket_schemas::control::Claimed;
use tokio::sync::watch;

use super::admission::Admission;

/// How the partition's task is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Reads what was in the log at the start.
    Starting,
    /// Takes commands.
    Open,
    /// Takes none until the log has answered: a batch has been in doubt for too long.
    Stalled,
    /// Can't read on, with the reason.
    Failed(String),
}

/// Who owns the partition, as far as its task has read.
pub(crate) type Owner = Option<Arc<Claimed>>;

/// Shared by the task and whoever sends to it. The lock is held for a copy only, never across an
/// await.
#[derive(Debug)]
pub(crate) struct Status {
    way: Mutex<Way>,
    read_to: AtomicU64,
    owner: watch::Sender<Owner>,
    admission: Arc<Admission>,
}

impl Status {
    pub(super) fn new(admission: Arc<Admission>) -> Self {
        Self {
            way: Mutex::new(Way::Starting),
            read_to: AtomicU64::new(0),
            owner: watch::Sender::new(None),
            admission,
        }
    }

    pub(crate) fn way(&self) -> Way {
        self.way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// Something was read: what had stalled goes on.
    pub(super) fn goes_on(&self) {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        if *way == Way::Stalled {
            *way = Way::Open;
        }
    }

    pub(super) fn fail(&self, why: String) {
        self.set(Way::Failed(why));
    }

    /// Where the task has read to.
    pub(crate) fn place(&self) -> Place {
        Place(self.read_to.load(Ordering::Relaxed))
    }

    pub(super) fn read_to(&self, place: Place) {
        self.read_to.store(place.0, Ordering::Relaxed);
    }

    /// Who owns the partition.
    pub(crate) fn owner(&self) -> Owner {
        self.owner.borrow().clone()
    }

    /// Tells when somebody else owns the partition.
    pub(crate) fn owner_changes(&self) -> watch::Receiver<Owner> {
        self.owner.subscribe()
    }

    pub(super) fn owned_by(&self, owner: Option<&Claimed>) {
        self.owner.send_replace(owner.cloned().map(Arc::new));
    }

    /// Commands queued or in flight.
    pub(crate) fn held(&self) -> usize {
        self.admission.held()
    }
}
