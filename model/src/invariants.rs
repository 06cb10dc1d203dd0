//! What must hold in every state, whatever happened before.

use std::fmt;

use crate::clients::members;
use crate::decider::{CommandId, decide};
use crate::log::Reader;
use crate::protocol::Protocol;
use crate::state::State;

/// A promise of the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Invariant {
    /// A command has at most one valid record, and one that was answered has exactly one.
    OneRecord,
    /// Each valid record says what the decider says at its place.
    LegalRun,
    /// What the clients saw fits an order of the commands in keeping with real time, refusals and
    /// "already so" included.
    Linearizable,
    /// A repeated command gets its first outcome.
    FirstOutcome,
    /// A command that was answered "not done", and was not repeated since, has no valid record.
    NotDone,
    /// Readers that have read as many valid records have read the same ones, and have the same
    /// state and outcomes.
    Agreement,
    /// Without further faults every command that was sent is answered. (Every step adds to the
    /// log, reads on or uses up a budget, so no run is endless, and it is enough that none ends
    /// before.)
    Progress,
}

/// All of them.
pub const ALL: [Invariant; 7] = [
    Invariant::OneRecord,
    Invariant::LegalRun,
    Invariant::Linearizable,
    Invariant::FirstOutcome,
    Invariant::NotDone,
    Invariant::Agreement,
    Invariant::Progress,
];

impl Invariant {
    /// Whether a state breaks it. `is_stuck` says that nothing happens any more but for faults.
    pub(crate) fn is_broken(
        self,
        protocol: &Protocol<'_>,
        state: &State,
        truth: &Truth,
        is_stuck: bool,
    ) -> bool {
        let clients = &state.clients;
        match self {
            Self::OneRecord => {
                let one_each = truth.records.iter().all(|records| *records <= 1);
                !one_each || members(clients.answered()).any(|c| truth.records[usize::from(c)] == 0)
            }
            Self::LegalRun => !truth.is_legal,
            Self::Linearizable => !clients.linearizable(protocol.configuration.commands),
            Self::FirstOutcome => clients.contradicted != 0,
            Self::NotDone => members(clients.not_done).any(|c| truth.records[usize::from(c)] > 0),
            Self::Agreement => {
                let writers = &state.writers[..protocol.configuration.writers];
                !writers.iter().all(|writer| truth.agrees(&writer.reader))
            }
            Self::Progress => {
                let all = (1 << protocol.configuration.commands.len()) - 1;
                is_stuck && (clients.answered() | clients.not_done) != all
            }
        }
    }
}

/// What somebody sees who reads the whole log from its start.
pub(crate) struct Truth {
    /// As it is after so many valid records.
    prefixes: Vec<Reader>,
    /// How many valid records speak of each command.
    records: [u8; crate::decider::COMMANDS_MAX],
    is_legal: bool,
}

impl Truth {
    pub(crate) fn of(protocol: &Protocol<'_>, state: &State) -> Self {
        let mut reader = Reader::default();
        let mut truth = Self {
            prefixes: Vec::with_capacity(state.log.entries.len() + 1),
            records: Default::default(),
            is_legal: true,
        };
        reader.skip_noise(&state.log, protocol.weakening);
        truth.prefixes.push(reader);
        while !reader.at_end(&state.log) {
            let before = reader.tickets;
            let commands = protocol.configuration.commands;
            let hash = reader.read(&state.log, commands, protocol.weakening);
            let content = state.log.record(hash).content;
            for id in 0..commands.len() as CommandId {
                let index = usize::from(id);
                if let Some(outcome) = content.outcome(id) {
                    truth.records[index] += 1;
                    truth.is_legal &= decide(&before, commands[index]) == outcome;
                }
            }
            truth.prefixes.push(reader);
        }
        truth
    }

    fn agrees(&self, reader: &Reader) -> bool {
        let same = self.prefixes.get(usize::from(reader.sequence));
        same.is_some_and(|same| {
            same.head == reader.head
                && same.tickets == reader.tickets
                && same.outcomes == reader.outcomes
        })
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneRecord => "one valid record per answered command",
            Self::LegalRun => "the valid sequence is a legal run",
            Self::Linearizable => "the clients' history is linearizable",
            Self::FirstOutcome => "a repeated command gets its first outcome",
            Self::NotDone => "a command answered \"not done\" never happens",
            Self::Agreement => "readers never disagree",
            Self::Progress => "somebody can always make progress",
        })
    }
}
