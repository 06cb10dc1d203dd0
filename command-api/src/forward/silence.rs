//! When an owner's silence means that it is gone, and not that the log is, or that everybody is
//! slow.
//!
//! An owner is taken to be gone when it says nothing for a while in which its partition stood still,
//! and the log, asked then, answers that there is nothing to read that has not been read here. When
//! the log itself stands still, whoever else wrote would wait as well; a claim by each who noticed
//! would only make them race once it goes on. And a replica that has taken a partition over waits
//! longer before it does so again: where all are slow, the next owner will be no faster.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_event_log::{Log, Partition};
use tokio::time::{Instant, timeout};

use crate::partition::Partitions;

/// How long an owner may be silent while its partition stands still.
pub(crate) const SILENCE: Duration = Duration::from_millis(250);
/// How often it is looked whether the partition stands still.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// How long what the log said holds for others who want to know.
const PROBED: Duration = Duration::from_millis(100);
/// For how long a take-over makes this replica more patient.
const REMEMBERED: Duration = Duration::from_secs(10);
/// How often its patience doubles at most: up to 8 s.
const DOUBLED_MAX: u32 = 5;

/// What this replica knows of its own patience, partition by partition.
#[derive(Debug)]
pub(crate) struct Silence {
    log: Log,
    partitions: Arc<Partitions>,
    each: Vec<Each>,
}

#[derive(Debug, Default)]
struct Each {
    /// When the log was last asked, and whether it had nothing more to read. Held while asking, so
    /// that of many who want to know one asks.
    probed: tokio::sync::Mutex<Option<(Instant, bool)>>,
    /// How often it was taken over of late, and when last. Never held across an await.
    taken: Mutex<Option<(u32, Instant)>>,
}

/// Since when some partitions have stood still while somebody is silent.
pub(crate) struct Quiet {
    places: u64,
    since: Instant,
}

impl Silence {
    pub(super) fn new(log: Log, partitions: Arc<Partitions>) -> Self {
        let each = (0..partitions.count()).map(|_| Each::default()).collect();
        Self {
            log,
            partitions,
            each,
        }
    }

    /// A silence that begins now.
    pub(crate) fn begins(&self, of: &[usize]) -> Quiet {
        Quiet {
            places: self.places(of),
            since: Instant::now(),
        }
    }

    /// Whether the owner of these partitions, silent all the time, is to be taken for gone.
    pub(crate) async fn means_gone(&self, quiet: &mut Quiet, of: &[usize]) -> bool {
        let places = self.places(of);
        if places != quiet.places {
            quiet.places = places;
            quiet.since = Instant::now();
        }
        let patience = of.iter().map(|partition| self.patience(*partition)).max();
        if quiet.since.elapsed() < patience.unwrap_or(SILENCE) {
            return false;
        }
        for partition in of {
            if !self.nothing_more(*partition).await {
                quiet.since = Instant::now();
                return false;
            }
        }
        true
    }

    /// Notes that a partition was taken over from a silent owner.
    pub(crate) fn took_over(&self, partition: usize) {
        let taken = &self.each[partition].taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = match *taken {
            // Many commands that waited for the same owner take it over once.
            Some((times, last)) if last.elapsed() < SILENCE => Some((times, last)),
            Some((times, last)) if last.elapsed() < REMEMBERED => {
                Some(((times + 1).min(DOUBLED_MAX), Instant::now()))
            }
            _ => Some((1, Instant::now())),
        };
    }

    fn patience(&self, partition: usize) -> Duration {
        let taken = &self.each[partition].taken;
        let taken = *taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken {
            Some((times, last)) if last.elapsed() < REMEMBERED => SILENCE * 2_u32.pow(times),
            _ => SILENCE,
        }
    }

    /// Whether the log answers, and has nothing that was not read here.
    async fn nothing_more(&self, partition: usize) -> bool {
        let mut probed = self.each[partition].probed.lock().await;
        match *probed {
            Some((at, nothing)) if at.elapsed() < PROBED => nothing,
            _ => {
                let end = timeout(SILENCE, self.log.end(Partition(partition as u16))).await;
                let place = self.partitions.place(partition);
                let nothing = matches!(end, Ok(Ok(end)) if end <= place);
                *probed = Some((Instant::now(), nothing));
                nothing
            }
        }
    }

    /// Places only grow, so their sum stands still only when each does.
    fn places(&self, of: &[usize]) -> u64 {
        of.iter().fold(0, |sum, partition| {
            self.partitions.place(*partition).0.wrapping_add(sum)
        })
    }
}

impl Quiet {
    /// The one who was silent said something.
    pub(crate) fn broken(&mut self) {
        self.since = Instant::now();
    }
}
