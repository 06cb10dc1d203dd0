//! What can go wrong with a log. Each text says what happened, to what, and what to do.

use std::fmt;

use crate::cursor::{LogId, Partition, Place, Sequence};
use crate::hash::Hash;

/// An error of the log or of an adapter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Lost or changed data: never carry on from here.
    #[error(transparent)]
    Damage(#[from] Damage),

    /// The configuration can't be used as it stands.
    #[error("the log's configuration: {0}")]
    Config(String),

    /// The server's settings don't carry the guarantees.
    #[error("{log} can't be used as a log: {}", list(.settings))]
    Settings {
        /// Which log.
        log: String,
        /// Every setting that is wrong.
        settings: Vec<Setting>,
    },

    /// The partition count is part of the data.
    #[error(
        "the log has {found} partitions, not {expected}, and keeps them for life: \
         set `partitions = {found}`, or name another log"
    )]
    PartitionCount {
        /// What was configured.
        expected: u16,
        /// What the log's genesis, or the topic, says.
        found: u16,
    },

    /// There are entries, but no genesis among them.
    #[error(
        "partition {partition} of {log} holds entries but no genesis record, so it isn't a \
         Docket log: name another one, or an empty one"
    )]
    NotALog {
        /// Which log.
        log: String,
        /// Where.
        partition: Partition,
    },

    /// Nothing to read, where something should be.
    #[error(
        "partition {partition} of {log} is empty: there is no log in it, or its records were lost; \
         name another log, or restore this one"
    )]
    Empty {
        /// Which log.
        log: String,
        /// Where.
        partition: Partition,
    },

    /// A record extends the head, but a newer version wrote it.
    #[error(
        "the record that extends sequence {} of partition {partition} can't be understood \
         ({what}): a newer version of Docket wrote it, and skipping it would split history; \
         install that version here", before(*.sequence)
    )]
    FutureEnvelope {
        /// Where.
        partition: Partition,
        /// The sequence it would have.
        sequence: Sequence,
        /// What isn't understood.
        what: String,
    },

    /// Nothing can be appended any more.
    #[error(
        "the log is closed: partition {partition} ended at sequence {sequence}{}; send commands \
         to its successor", named(.successor.as_ref())
    )]
    Closed {
        /// Where.
        partition: Partition,
        /// The sequence of the `closed` record.
        sequence: Sequence,
        /// What the `closed` record names, if it has been read.
        successor: Option<String>,
    },

    /// An append before the genesis has been read.
    #[error("partition {partition} hasn't been read up to its genesis; read it before appending")]
    NotRead {
        /// Where.
        partition: Partition,
    },

    /// A record that the log doesn't take.
    #[error("a record of {bytes} bytes for partition {partition} is over the limit of {limit}")]
    TooLarge {
        /// Where it should have gone.
        partition: Partition,
        /// The size of its data.
        bytes: usize,
        /// The limit.
        limit: usize,
    },

    /// Whether an append was stored isn't known. The writer settles it by reading.
    #[error("it isn't known whether an append to partition {partition} was stored")]
    AppendUnknown {
        /// Where.
        partition: Partition,
        /// Why.
        #[source]
        source: Source,
    },

    /// The server can't be reached or refuses.
    #[error("{what} failed")]
    Unavailable {
        /// What was tried, with whom.
        what: String,
        /// Why.
        #[source]
        source: Source,
    },
}

/// Whatever an adapter's library says.
pub type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

impl Error {
    pub(crate) fn unavailable(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Unavailable {
            what: what.into(),
            source: source.into(),
        }
    }
}

/// The log isn't the one that was read before: data were lost or changed. A reader that meets
/// this stops and its process refuses commands for the partition; an operator decides (`replay
/// verify` shows what is there, `replay restore` brings an archive back).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Damage {
    /// The log ends before the reader's place.
    #[error(
        "partition {partition} ends at place {end}, before place {place} (sequence {}) that was \
         read already: records were lost; stop writing and restore the log, or delete what was \
         derived from it", before(*.next_sequence)
    )]
    Shorter {
        /// Where.
        partition: Partition,
        /// The reader's place.
        place: Place,
        /// The log's end.
        end: Place,
        /// The sequence that would have been read next.
        next_sequence: Sequence,
    },

    /// The reader's place isn't in the log.
    #[error(
        "place {place} of partition {partition} is not in the log any more: records were lost \
         (retention, an unclean election, a topic made anew); stop writing and restore the log"
    )]
    OutOfRange {
        /// Where.
        partition: Partition,
        /// The place that was asked for.
        place: Place,
    },

    /// The topic or table is gone.
    #[error("{log} no longer exists: restore it, or start with everything derived from it deleted")]
    Gone {
        /// Which log.
        log: String,
    },

    /// Another log under the same name.
    #[error(
        "partition {partition} belongs to log {found}, but log {expected} was expected: the log \
         was made anew, or the configuration names another one; restore the right log, or delete \
         what was derived from the old one"
    )]
    AnotherLog {
        /// Where.
        partition: Partition,
        /// The log that was read before, or that partition 0 names.
        expected: LogId,
        /// What the genesis says.
        found: LogId,
    },

    /// The record at the reader's head isn't the one that was read.
    #[error(
        "sequence {sequence} of partition {partition} was {expected} and is now {}: the log was \
         changed or forked; stop writing and compare it with an archive",
         found.map_or_else(|| "another record".to_owned(), |hash| hash.to_string())
    )]
    Diverged {
        /// Where.
        partition: Partition,
        /// The head's sequence.
        sequence: Sequence,
        /// The head's hash, as it was read.
        expected: Hash,
        /// The hash that lies there now, if it carries one.
        found: Option<Hash>,
    },
}

/// A setting that the guarantees rest on, found wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// What has it, such as ``topic `docket.events` ``.
    pub of: String,
    /// Its name.
    pub name: String,
    /// Its value as found.
    pub value: String,
    /// What it must be.
    pub needed: String,
    /// The command, or the line of configuration, that puts it right.
    pub fix: String,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            of,
            name,
            value,
            needed,
            fix,
        } = self;
        write!(
            f,
            "{name} of {of} is {value}, but must be {needed}; fix: {fix}"
        )
    }
}

fn list(settings: &[Setting]) -> String {
    settings.iter().fold(String::new(), |list, setting| {
        format!("{list}\n  - {setting}")
    })
}

fn named(successor: Option<&String>) -> String {
    successor.map_or_else(String::new, |name| format!(" and goes on in {name}"))
}

fn before(next: Sequence) -> String {
    next.0
        .checked_sub(1)
        .map_or_else(|| "none".to_owned(), |sequence| sequence.to_string())
}
