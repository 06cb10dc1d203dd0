//! Which partitions this replica should own, and how it gets, keeps and gives away its share.
//!
//! A replica knows of those others that own something now; nothing is said about who is alive. So
//! one that died keeps what nobody sends commands to, and loses each partition with the first
//! command for it, by that command's claim. A share is looked at again every few seconds: so
//! replicas that started together, one that was stopped for a while, and those that a dead one
//! left behind end up with equal shares. A replica that others can't reach, although it reads the
//! log, would take back what they take over; that is why it is seconds.
//!
//! For ten seconds after a take-over a partition is not claimed again, and for ten seconds after
//! its owner was found gone or silent nobody here asks that one: its commands are executed here at
//! once. So one command in ten seconds waits for such an owner, with those sent to it meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use docket_schemas::control::Claimed;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::partition::owner::{Reason, shares};
use crate::partition::{Owner, Partitions};

/// How long a stop waits for its claims to come back from the log.
const HAND_OVER_MAX: Duration = Duration::from_secs(1);
/// How soon they are asked for again, should one have been overtaken.
const HAND_OVER_AGAIN: Duration = Duration::from_millis(50);

/// For how long after it has taken a partition over it claims that one no more, and after it has
/// found an owner gone or silent it asks that one no more.
const CONTENT: Duration = Duration::from_secs(10);

/// This replica among the owners.
#[derive(Debug)]
pub(crate) struct Owners {
    me: Claimed,
    partitions: Arc<Partitions>,
    /// What happened to each. Never held across an await.
    lately: Vec<Mutex<Lately>>,
    /// Set once this replica stops: it claims nothing any more.
    leaving: CancellationToken,
}

/// What happened to a partition lately.
#[derive(Debug, Default)]
struct Lately {
    /// When it was last taken over.
    taken_over: Option<Instant>,
    /// The owner that was last found gone or silent, and when.
    failed: Option<(Uuid, Instant)>,
}

impl Owners {
    pub(super) fn new(partitions: Arc<Partitions>, me: Claimed) -> Self {
        let lately = (0..partitions.count()).map(|_| Mutex::default()).collect();
        Self {
            me,
            partitions,
            lately,
            leaving: CancellationToken::new(),
        }
    }

    /// The replica that the partition's commands go to, if it isn't this one: the owner, unless
    /// that was found gone or silent a moment ago. By address: who claimed it as a process that was
    /// here before is gone.
    pub(crate) fn elsewhere(&self, partition: usize) -> Owner {
        let owner = self.partitions.owner(partition);
        owner.filter(|owner| {
            owner.address != self.me.address && !self.has_failed_lately(partition, owner)
        })
    }

    /// Whether that owner was found gone or silent a moment ago.
    pub(crate) fn has_failed_lately(&self, partition: usize, owner: &Claimed) -> bool {
        let failed = self.lately(partition).failed;
        failed.is_some_and(|(writer, at)| writer == owner.writer && at.elapsed() < CONTENT)
    }

    fn lately(&self, partition: usize) -> MutexGuard<'_, Lately> {
        let lately = self.lately[partition].lock();
        lately.unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a partition whose owner is gone or silent, if it still has that owner and was not
    /// taken over a moment ago: where all are slow, or all but this one reach its owner, another
    /// claim would help nobody. Either way that owner isn't asked for a while. A command sent after
    /// this is executed behind the claim, or without.
    pub(crate) fn take_over(&self, partition: usize, from: &Claimed) {
        let same = self.partitions.owner(partition).as_deref() == Some(from);
        if !same {
            return;
        }
        let mut lately = self.lately(partition);
        let now = Instant::now();
        // Not again by those that were sent to it before.
        let again = |(writer, at): (Uuid, Instant)| writer == from.writer && now - at < CONTENT;
        if !lately.failed.is_some_and(again) {
            lately.failed = Some((from.writer, now));
        }
        let content = lately.taken_over.is_some_and(|at| now - at < CONTENT);
        if !content && !self.leaving.is_cancelled() {
            self.partitions
                .claim(partition, &self.me, Some(from), Reason::Silence);
            lately.taken_over = Some(now);
        }
    }

    /// Claims this replica's share, now and whenever it has become another, until it stops.
    pub(crate) async fn keep_share(&self, review: Duration) {
        // A stretch of its own for each process, so that they don't move in step.
        let review = review.mul_f64(1.0 + f64::from(self.me.writer.as_bytes()[0]) / 512.0);
        let keeping = async {
            loop {
                self.claim_share();
                sleep(review).await;
            }
        };
        tokio::select! {
            () = keeping => {}
            () = self.leaving.cancelled() => {}
        }
    }

    fn claim_share(&self) {
        let owners = self.owners();
        let mut addresses: BTreeSet<&str> = others(&owners, "").into_keys().collect();
        // Where each has one there is nothing to gain by taking one away.
        if !addresses.contains(&*self.me.address) && addresses.len() >= owners.len() {
            return;
        }
        addresses.insert(&self.me.address);
        let shares = shares(owners.len() as u16, &addresses);
        for ((partition, owner), share) in (0..).zip(&owners).zip(shares) {
            let owner = owner.as_deref();
            // A claim of the process that was here before is claimed again: what is forwarded to
            // that one is not meant for this one.
            if share == self.me.address && owner != Some(&self.me) {
                self.partitions
                    .claim(partition, &self.me, owner, Reason::Share);
            }
        }
    }

    /// Claims nothing from now on.
    pub(crate) fn leave(&self) {
        self.leaving.cancel();
    }

    /// Names successors for what this replica owns, and waits until the log has it. Where nobody
    /// else owns anything there is no successor, and who comes next claims it.
    pub(crate) async fn hand_over(&self) {
        self.leave();
        let handing = async {
            while self.name_successors() {
                sleep(HAND_OVER_AGAIN).await;
            }
        };
        let started = Instant::now();
        if timeout(HAND_OVER_MAX, handing).await.is_err() {
            tracing::warn!("the log did not take the claims of successors in time");
        } else {
            tracing::info!(seconds = started.elapsed().as_secs_f64(), "handed over");
        }
    }

    /// Whether there was anything to hand over.
    fn name_successors(&self) -> bool {
        let owners = self.owners();
        let others = others(&owners, &self.me.address);
        let addresses: BTreeSet<&str> = others.keys().copied().collect();
        let successors = shares(owners.len() as u16, &addresses);
        let mut any = false;
        for ((partition, owner), successor) in (0..).zip(&owners).zip(successors) {
            if self.partitions.has_failed(partition) {
                continue;
            }
            let ours = owner
                .as_deref()
                .filter(|owner| owner.address == self.me.address);
            if let (Some(ours), Some(successor)) = (ours, others.get(successor)) {
                self.partitions
                    .claim(partition, successor, Some(ours), Reason::HandOver);
                any = true;
            }
        }
        any
    }

    fn owners(&self) -> Vec<Owner> {
        (0..self.partitions.count())
            .map(|partition| self.partitions.owner(partition))
            .collect()
    }
}

/// Those who own something, by address, but for one.
fn others<'a>(owners: &'a [Owner], but: &str) -> BTreeMap<&'a str, &'a Claimed> {
    owners
        .iter()
        .flatten()
        .filter(|owner| owner.address != but)
        .map(|owner| (&*owner.address, &**owner))
        .collect()
}
