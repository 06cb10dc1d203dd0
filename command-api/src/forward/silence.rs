//! When an owner's silence means that it is gone, and not that the log is, or that everybody is
//! slow.
//!
//! An owner is taken to be gone when it says nothing for a while in which its partition stood still,
//! and the log, asked then, answers that there is nothing to read that has not been read here. When
//! the log itself stands still, whoever else wrote would wait as well; a claim by each who noticed
//! would only make them race once it goes on.
//!
//! A partition that moves is no proof of its owner's life, since anybody may write to it; only
//! answers are. So an owner that has not answered anything is gone after a longer while, too. One
//! that is merely slow answers something in that time, if not the one that waits.

use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use docket_event_log::{Error, Log, Partition, Place};
use docket_schemas::control::Claimed;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::partition::Partitions;

/// How long an owner may be silent while its partition stands still.
pub(crate) const SILENCE: Duration = Duration::from_millis(250);
/// How long an owner may answer nothing at all of a partition that moves, while a single command
/// waits for it.
pub(crate) const WORDLESS: Duration = Duration::from_millis(1_500);
/// How often it is looked whether the partition stands still.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// How long what the log said holds for others who want to know.
const PROBED: Duration = Duration::from_millis(100);

/// Whose silence it is, the owner's or the log's.
#[derive(Debug)]
pub(crate) struct Silence {
    log: Log,
    partitions: Arc<Partitions>,
    /// Who last answered something of each partition, and how often in all. Never held across an
    /// await.
    answers: Vec<SyncMutex<(Uuid, u64)>>,
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

/// Since when some partitions have stood still while their owner is silent.
pub(crate) struct Quiet {
    owner: Uuid,
    places: u64,
    since: Instant,
    answers: u64,
    /// How often it was looked since the owner answered anything.
    looks: u32,
}

impl Silence {
    pub(super) fn new(log: Log, partitions: Arc<Partitions>) -> Self {
        let count = partitions.count();
        Self {
            log,
            partitions,
            answers: (0..count).map(|_| SyncMutex::default()).collect(),
            probes: (0..count).map(|_| Mutex::default()).collect(),
        }
    }

    /// A silence of that owner that begins now.
    pub(crate) fn begins(&self, owner: &Claimed, of: &[usize]) -> Quiet {
        Quiet {
            owner: owner.writer,
            places: self.places(of),
            since: Instant::now(),
            answers: self.answers(owner.writer, of),
            looks: 0,
        }
    }

    /// The owner answered something of that partition.
    pub(crate) fn answered(&self, partition: usize, owner: &Claimed) {
        let answers = self.answers[partition].lock();
        let mut answers = answers.unwrap_or_else(PoisonError::into_inner);
        if answers.0 != owner.writer {
            *answers = (owner.writer, 0);
        }
        answers.1 += 1;
    }

    /// To be asked at each look: for how long the owner has answered nothing of these partitions.
    /// By the number of looks: a replica that was stopped itself has not listened meanwhile.
    pub(crate) fn wordless(&self, quiet: &mut Quiet, of: &[usize]) -> Duration {
        let answers = self.answers(quiet.owner, of);
        if answers != quiet.answers {
            quiet.answers = answers;
            quiet.looks = 0;
        }
        quiet.looks += 1;
        LOOK * quiet.looks
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

    fn answers(&self, owner: Uuid, of: &[usize]) -> u64 {
        let of_one = |partition: &usize| {
            let answers = self.answers[*partition].lock();
            let answers = answers.unwrap_or_else(PoisonError::into_inner);
            if answers.0 == owner { answers.1 } else { 0 }
        };
        of.iter().map(of_one).sum()
    }

    /// Places only grow, so their sum stands still only when each does.
    fn places(&self, of: &[usize]) -> u64 {
        of.iter().fold(0, |sum, partition| {
            self.partitions.place(*partition).0.wrapping_add(sum)
        })
    }
}

impl Quiet {
    /// The one who was silent said something, or could not be heard.
    pub(crate) fn broken(&mut self) {
        self.since = Instant::now();
        self.looks = 0;
    }
}
