//! When an owner's silence means that it is gone, and not that the log is, or that everybody is
//! slow.
//!
//! An owner is taken to be gone when it says nothing for a while in which its partition stood still,
//! and the log, asked then, answers that there is nothing to read that has not been read here. When
//! the log itself stands still, whoever else wrote would wait as well; a claim by each who noticed
//! would only make them race once it goes on.

use std::sync::Arc;
use std::time::Duration;

use docket_event_log::{Error, Log, Partition, Place};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::partition::Partitions;

/// How long an owner may be silent while its partition stands still.
pub(crate) const SILENCE: Duration = Duration::from_millis(250);
/// How often it is looked whether the partition stands still.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// How long what the log said holds for others who want to know.
const PROBED: Duration = Duration::from_millis(100);

/// Whose silence it is, the owner's or the log's.
#[derive(Debug)]
pub(crate) struct Silence {
    log: Log,
    partitions: Arc<Partitions>,
    /// Held while asking, so that of many who want to know one asks.
    probes: Vec<Mutex<Probe>>,
}

/// What the log was asked about one partition.
#[derive(Debug, Default)]
struct Probe {
    /// When it was last asked, and whether it had nothing more to read.
    said: Option<(Instant, bool)>,
    /// What it has not answered. There is never a second question beside it: a log that is away
    /// keeps a thread waiting for each, whether or not anybody still wants to know.
    asked: Option<JoinHandle<Result<Place, Error>>>,
}

/// Since when some partitions have stood still while somebody is silent.
pub(crate) struct Quiet {
    places: u64,
    since: Instant,
}

impl Silence {
    pub(super) fn new(log: Log, partitions: Arc<Partitions>) -> Self {
        let probes = (0..partitions.count()).map(|_| Mutex::default()).collect();
        Self {
            log,
            partitions,
            probes,
        }
    }

    /// A silence that begins now.
    pub(crate) fn begins(&self, of: &[usize]) -> Quiet {
        Quiet {
            places: self.places(of),
            since: Instant::now(),
        }
    }

    /// Whether these partitions have stood still for as long as an owner may be silent.
    pub(crate) fn is_long(&self, quiet: &mut Quiet, of: &[usize]) -> bool {
        let places = self.places(of);
        if places != quiet.places {
            quiet.places = places;
            quiet.since = Instant::now();
        }
        quiet.since.elapsed() >= SILENCE
    }

    /// Whether the log answers, and has nothing of these partitions that was not read here: then
    /// a long silence is their owner's.
    pub(crate) async fn is_not_the_logs(&self, of: &[usize]) -> bool {
        for partition in of {
            if !self.nothing_more(*partition).await {
                return false;
            }
        }
        true
    }

    async fn nothing_more(&self, partition: usize) -> bool {
        let mut probe = self.probes[partition].lock().await;
        if let Some((at, nothing)) = probe.said
            && at.elapsed() < PROBED
        {
            return nothing;
        }
        // An answer that nobody waited for any more says nothing about now.
        probe.asked.take_if(|asked| asked.is_finished());
        let asked = probe.asked.get_or_insert_with(|| {
            let log = Log::clone(&self.log);
            tokio::spawn(async move { log.end(Partition(partition as u16)).await })
        });
        let end = timeout(SILENCE, asked).await;
        if end.is_ok() {
            probe.asked = None;
        }
        let place = self.partitions.place(partition);
        let nothing = matches!(end, Ok(Ok(Ok(end))) if end <= place);
        probe.said = Some((Instant::now(), nothing));
        nothing
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
