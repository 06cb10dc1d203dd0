//! Whether a partition is whole.
//!
//! Noise is nothing bad in itself: on Kafka a record that lost a race stays where it is. Damage is
//! what no writer of Docket leaves behind: a record whose hash isn't that of what it says; on
//! Postgres, any noise; and, at the end, records that extend something which isn't in the log,
//! with nothing valid after them (something between was removed). That records are missing at the
//! very end, or that somebody computed the whole chain anew, only a trusted head shows.

use std::collections::{HashSet, VecDeque};

use docket_event_log::{Batch, Hash, Head, Noise, NoiseReason, Record, Sequence};
use serde::Serialize;

use super::{TrustedHead, history};

/// A record that lost was made only moments before; so many entries back its own chain is known.
const RECENT_MAX: usize = 100_000;

/// What is to be thought of the partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every record extends the one before, from the genesis to the head.
    Holds,
    /// It doesn't: what is wrong, and where.
    Damaged(Vec<String>),
}

/// Watches a partition go by.
pub(super) struct Judge {
    trusted: Option<TrustedHead>,
    trusted_met: bool,
    keeps_losers: bool,
    records: u64,
    noise: u64,
    head: Option<Head>,
    recent: Recent,
    damage: Vec<String>,
    /// The first entry since the last valid record that extends nothing known, or was changed.
    astray: Option<String>,
}

impl Judge {
    pub(super) fn new(trusted: Option<TrustedHead>, keeps_losers: bool) -> Self {
        Self {
            trusted,
            trusted_met: false,
            keeps_losers,
            records: 0,
            noise: 0,
            head: None,
            recent: Recent::default(),
            damage: Vec::new(),
            astray: None,
        }
    }

    pub(super) fn batch(&mut self, batch: &Batch) {
        let mut noise = batch.noise.iter().peekable();
        for record in &batch.records {
            while let Some(noise) = noise.next_if(|noise| noise.after < Some(record.sequence)) {
                self.noise(noise);
            }
            self.record(record);
        }
        noise.for_each(|noise| self.noise(noise));
    }

    fn record(&mut self, record: &Record) {
        self.records += 1;
        self.astray = None;
        self.recent.insert(record.hash);
        self.head = Some(Head {
            sequence: record.sequence,
            hash: record.hash,
        });
        if let Some(trusted) = self.trusted.filter(|it| it.sequence == record.sequence) {
            self.trusted_met = true;
            if trusted.hash != record.hash {
                self.damage.push(format!(
                    "sequence {} is {}, but the trusted head says {}: the log was changed at or \
                     before that record",
                    record.sequence, record.hash, trusted.hash
                ));
            }
        }
    }

    fn noise(&mut self, noise: &Noise) {
        self.noise += 1;
        let next = noise.after.map_or(0, |Sequence(after)| after + 1);
        match noise.reason {
            NoiseReason::WrongHash => return self.changed(next),
            _ if !self.keeps_losers && self.damage.is_empty() => self.damage.push(format!(
                "the entry in the place of sequence {next} does not extend sequence {}: a record \
                 was removed, put in or moved",
                next.saturating_sub(1)
            )),
            // All that follows the first damage is noise because of it.
            _ if !self.keeps_losers => {}
            NoiseReason::ExtendsAnother => self.loser(noise, next),
            _ => {}
        }
        if let Some(hash) = noise.entry.hash {
            self.recent.insert(hash);
        }
    }

    /// Where losers are kept, anybody may also have put it in: a valid record in its place says so.
    /// Its hash never counts as known, so that what extends the record it was goes astray.
    fn changed(&mut self, next: u64) {
        let what = format!(
            "the entry in the place of sequence {next} does not have the hash it carries: it was \
             changed after it was written"
        );
        if self.keeps_losers {
            self.astray.get_or_insert(what);
        } else {
            self.damage.push(what);
        }
    }

    fn loser(&mut self, noise: &Noise, next: u64) {
        let previous = history::attribute(&noise.entry, "ce_previous")
            .and_then(|hex| Hash::from_hex(hex.as_bytes()));
        if previous.is_some_and(|previous| !self.recent.contains(previous)) {
            self.astray.get_or_insert_with(|| {
                format!(
                    "after sequence {} everything extends a record that is not in the log: a \
                     record was removed or changed (or its writer is at work right now: then \
                     another audit will not say this)",
                    next.saturating_sub(1)
                )
            });
        }
    }

    pub(super) fn damage(&mut self, what: String) {
        self.damage.push(what);
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.head
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        (self.records, self.noise)
    }

    pub(super) fn finish(mut self) -> Verdict {
        self.damage.extend(self.astray);
        if let Some(trusted) = self.trusted
            && !self.trusted_met
        {
            self.damage.push(format!(
                "the log ends before the trusted head: sequence {} is not there",
                trusted.sequence
            ));
        }
        if self.damage.is_empty() {
            Verdict::Holds
        } else {
            Verdict::Damaged(self.damage)
        }
    }
}

/// The hashes of the entries last read.
#[derive(Default)]
struct Recent {
    order: VecDeque<Hash>,
    known: HashSet<Hash>,
}

impl Recent {
    fn insert(&mut self, hash: Hash) {
        if self.known.insert(hash) {
            self.order.push_back(hash);
        }
        if self.order.len() > RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn contains(&self, hash: Hash) -> bool {
        self.known.contains(&hash)
    }
}
