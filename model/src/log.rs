//! One partition's log: entries in the order in which they were stored, valid or not, and readers
//! that apply the chain rule to them. (`event-log/src/chain/rule.rs`, `reader.rs`, `cursor.rs`;
//! what is folded: `command-api/src/partition/fold.rs`.)
//!
//! A hash is modelled by the number of the record that has it: two records have the same hash if
//! and only if they are the same record. That SHA-256 has no collisions is assumed.

use crate::decider::{Command, CommandId, Outcome, Outcomes, Tickets, evolve};
use crate::list::List;
use crate::weakening::Weakening;

/// A record's number, which stands for its hash.
pub(crate) type Hash = u8;
/// The genesis, on which everything is built. It is not among the log's entries.
pub(crate) const GENESIS: Hash = 0;

/// What a record says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// The event of this command, whose id it carries.
    Event(CommandId),
    /// The answers it lists; none, if it only settles what is in doubt.
    Barrier(Outcomes),
}

impl Content {
    /// The outcome it tells of a command.
    pub(crate) fn outcome(self, command: CommandId) -> Option<Outcome> {
        match self {
            Self::Event(of) => (of == command).then_some(Outcome::Done),
            Self::Barrier(answers) => answers[usize::from(command)],
        }
    }
}

/// A record as its writer made it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Record {
    /// The hash of the record it extends.
    pub(crate) previous: Hash,
    pub(crate) content: Content,
}

impl Default for Content {
    fn default() -> Self {
        Self::Barrier(Outcomes::default())
    }
}

/// The log, and every record that was ever made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log {
    /// By hash.
    pub(crate) records: List<Record, 32>,
    /// What is stored, in order.
    pub(crate) entries: List<Hash, 32>,
}

impl Log {
    /// Only with its genesis.
    pub(crate) fn new() -> Self {
        let mut log = Self::default();
        log.records.push(Record::default());
        log
    }

    pub(crate) fn record(&self, hash: Hash) -> Record {
        self.records[usize::from(hash)]
    }

    /// Seals a record. Its fresh id makes its hash one that no other record has.
    pub(crate) fn seal(&mut self, record: Record, weakening: Option<Weakening>) -> Hash {
        if weakening == Some(Weakening::NoFreshId)
            && let Some(same) = self.records[1..].iter().position(|made| *made == record)
        {
            return same as Hash + 1;
        }
        self.records.push(record);
        self.records.len() as Hash - 1
    }
}

/// A reader: its cursor and what it has folded. A snapshot is a copy of one, at any place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Reader {
    /// The next entry to read.
    pub(crate) next: u8,
    /// The last valid record read.
    pub(crate) head: Hash,
    /// How many valid ones were read.
    pub(crate) sequence: u8,
    pub(crate) tickets: Tickets,
    pub(crate) outcomes: Outcomes,
}

impl Reader {
    /// Where a reader gets to without a look at what it reads.
    pub(crate) fn at_end_of(log: &Log, weakening: Option<Weakening>) -> Self {
        let mut reader = Self::default();
        reader.skip_noise(log, weakening);
        while !reader.at_end(log) {
            reader.head = log.entries[usize::from(reader.next)];
            reader.next += 1;
            reader.sequence += 1;
            reader.skip_noise(log, weakening);
        }
        reader
    }

    /// Whether everything stored has been read.
    pub(crate) fn at_end(&self, log: &Log) -> bool {
        usize::from(self.next) == log.entries.len()
    }

    /// The chain rule: a record is valid if and only if it extends the last valid one.
    pub(crate) fn holds_valid(&self, record: Record, weakening: Option<Weakening>) -> bool {
        record.previous == self.head || weakening == Some(Weakening::NoChainRule)
    }

    /// Skips noise; stops at the end or before a valid record. Every reader does so at once,
    /// because when a reader gets past noise makes no difference to anything else.
    pub(crate) fn skip_noise(&mut self, log: &Log, weakening: Option<Weakening>) {
        while let Some(hash) = log.entries.get(usize::from(self.next))
            && !self.holds_valid(log.record(*hash), weakening)
        {
            self.next += 1;
        }
    }

    /// Reads and folds the valid record it stands before.
    pub(crate) fn read(
        &mut self,
        log: &Log,
        commands: &[Command],
        weakening: Option<Weakening>,
    ) -> Hash {
        let hash = log.entries[usize::from(self.next)];
        self.next += 1;
        self.sequence += 1;
        self.head = hash;
        match log.record(hash).content {
            Content::Event(id) => {
                self.tickets = evolve(self.tickets, commands[usize::from(id)]);
                self.outcomes[usize::from(id)].get_or_insert(Outcome::Done);
            }
            Content::Barrier(_) if weakening == Some(Weakening::RefusalUnlisted) => {}
            Content::Barrier(answers) => {
                for (first, answer) in self.outcomes.iter_mut().zip(answers) {
                    *first = first.or(answer);
                }
            }
        }
        self.skip_noise(log, weakening);
        hash
    }
}
