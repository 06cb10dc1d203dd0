//! How many commands a partition holds, and whose come first when there are too many.
//!
//! Each class of commands may fill the queue up to its share; what lies above is kept for the
//! classes after it. So surveys are held back first, then imports, then what customers say, then the work of
//! staff; opening and routing tickets last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use docket_domain::stream::AnyCommandName;
use docket_domain::{CommandName, Role};
use tokio::sync::Notify;

/// Classes of commands, in the order in which load is shed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Asking customers how it went, and what they answer.
    Survey,
    /// Lines of bulk requests.
    Bulk,
    /// What customers say, about their tickets and themselves.
    CustomerComment,
    /// What staff do.
    Work,
    /// Opening tickets and giving them to somebody, for which a router takes them back.
    Intake,
}

impl Class {
    /// The class of a single command.
    pub(crate) fn of(name: AnyCommandName, role: Role) -> Self {
        match name {
            AnyCommandName::Ticket(CommandName::Open | CommandName::Assign) => Self::Intake,
            // What a router takes back goes to somebody else.
            AnyCommandName::Ticket(CommandName::Unassign) if role == Role::Service => Self::Intake,
            AnyCommandName::Ticket(CommandName::AddComment) | AnyCommandName::Customer(_)
                if role == Role::Customer =>
            {
                Self::CustomerComment
            }
            AnyCommandName::Survey(_) => Self::Survey,
            _ => Self::Work,
        }
    }

    /// Its share of a queue of `max` commands.
    const fn share(self, max: usize) -> usize {
        match self {
            Self::Survey => max / 8 * 3,
            Self::Bulk => max / 2,
            Self::CustomerComment => max / 8 * 5,
            Self::Work => max / 8 * 7,
            Self::Intake => max,
        }
    }
}

/// A partition's count of commands that are queued or in flight.
#[derive(Debug)]
pub(crate) struct Admission {
    max: usize,
    held: AtomicUsize,
    freed: Notify,
}

/// One command's place; given back on drop.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Admission>);

impl Admission {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            held: AtomicUsize::new(0),
            freed: Notify::new(),
        })
    }

    /// A place, unless the class's share is full.
    pub(crate) fn admit(self: &Arc<Self>, class: Class) -> Option<Permit> {
        let share = class.share(self.max);
        // Relaxed: the count guards no other memory.
        self.held
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                (held < share).then_some(held + 1)
            })
            .ok()
            .map(|_| Permit(Arc::clone(self)))
    }

    /// Waits for a place: for bulk, whose sender is to slow down instead of being refused.
    pub(crate) async fn admit_when_free(self: &Arc<Self>, class: Class) -> Permit {
        loop {
            if let Some(permit) = self.admit(class) {
                return permit;
            }
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Registered before asking again, so that a place freed in between is not missed.
            freed.as_mut().enable();
            if let Some(permit) = self.admit(class) {
                return permit;
            }
            freed.await;
        }
    }

    /// Commands held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(admission: &Arc<Admission>, class: Class) -> Vec<Permit> {
        std::iter::from_fn(|| admission.admit(class)).collect()
    }

    #[test]
    fn load_is_shed_surveys_first_and_intake_last() {
        let admission = Admission::new(16);
        let surveys = fill(&admission, Class::Survey);
        assert_eq!(surveys.len(), 6);
        let bulk = fill(&admission, Class::Bulk);
        assert_eq!(bulk.len(), 2);
        let comments = fill(&admission, Class::CustomerComment);
        assert_eq!(comments.len(), 2);
        let work = fill(&admission, Class::Work);
        assert_eq!(work.len(), 4);
        let intake = fill(&admission, Class::Intake);
        assert_eq!(intake.len(), 2);
        drop(work);
        assert!(admission.admit(Class::Survey).is_none());
        assert!(admission.admit(Class::Bulk).is_none());
        assert!(admission.admit(Class::Work).is_some());
        drop((surveys, bulk, comments, intake));
        assert_eq!(admission.held(), 0);
    }

    #[test]
    fn a_router_gives_and_takes_back_in_the_last_class_to_be_shed() {
        use CommandName::{Accept, Assign, Open, Unassign};
        for (name, role, class) in [
            (Open, Role::Customer, Class::Intake),
            (Assign, Role::Manager, Class::Intake),
            (Assign, Role::Service, Class::Intake),
            (Unassign, Role::Service, Class::Intake),
            (Unassign, Role::Manager, Class::Work),
            (Accept, Role::Consultant, Class::Work),
        ] {
            let name = AnyCommandName::Ticket(name);
            assert_eq!(Class::of(name, role), class, "{name:?} by {role:?}");
        }
    }

    #[tokio::test]
    async fn bulk_waits_until_a_place_is_free() {
        let admission = Admission::new(16);
        let mut held = fill(&admission, Class::Bulk);
        let waiting = tokio::spawn({
            let admission = Arc::clone(&admission);
            async move { admission.admit_when_free(Class::Bulk).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        held.pop();
        waiting.await.expect("admitted");
    }
}
