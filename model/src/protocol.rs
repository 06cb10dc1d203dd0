//! The rules that a writer keeps: how it decides, sends, reads on, settles and answers.
//! (`event-log/src/writer.rs` and `writer/flight.rs`; `command-api/src/partition/batch.rs` and
//! `task.rs`.)
//!
//! One batch is in flight at a time. State advances by reading only. Every answer rests on a
//! record of the writer's own, written after the decision and read back valid: it is won when *it
//! itself* comes back, lost when *another* valid record extends what it extends.

use crate::clients::{Set, members, only};
use crate::configuration::Configuration;
use crate::decider::{CommandId, Outcome, Outcomes, decide, evolve};
use crate::list::List;
use crate::log::{Content, Hash, Reader, Record};
use crate::network::{BATCH_MAX, Message};
use crate::state::State;
use crate::weakening::Weakening;

/// A batch that is not settled yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Flight {
    pub(crate) records: List<Hash, BATCH_MAX>,
    /// How many of them have come back, from the front.
    pub(crate) won: u8,
    /// What was reported of its delivery: whether it was stored. Only weakenings look at it.
    pub(crate) stored: Option<bool>,
}

/// A replica, as far as one partition goes. Everything here is lost in a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Writer {
    pub(crate) reader: Reader,
    /// Commands whose clients wait here, in flight or in the queue. Which of the queue come into
    /// the next batch, and in what order, is left open: any, which includes "first come first".
    pub(crate) held: Set,
    pub(crate) flight: Option<Flight>,
}

/// The protocol as kept in one search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) weakening: Option<Weakening>,
    pub(crate) reduced: bool,
}

impl Protocol<'_> {
    fn is(&self, weakening: Weakening) -> bool {
        self.weakening == Some(weakening)
    }

    /// Whether noise is forgotten; see [`crate::reduction`].
    pub(crate) fn forgets_noise(&self) -> bool {
        self.reads_late() && !self.weakening.is_some_and(Weakening::listens_to_reports)
    }

    /// Whether a writer reads only while it holds commands; see [`crate::reduction`].
    pub(crate) fn reads_late(&self) -> bool {
        self.reduced && !self.weakening.is_some_and(Weakening::upsets_readers)
    }

    /// Decides one or two commands of the queue, one on top of the other, and sends what comes of
    /// it as one batch that extends the head.
    pub(crate) fn start_batch(
        &self,
        state: &mut State,
        writer: usize,
        first: CommandId,
        second: Option<CommandId>,
    ) {
        let mut tickets = state.writers[writer].reader.tickets;
        let mut drafts = List::<Content, BATCH_MAX>::default();
        let mut unwritten = Outcomes::default();
        let mut unwritten_of = [false; crate::decider::TICKETS];
        for id in std::iter::once(first).chain(second) {
            let command = self.configuration.commands[usize::from(id)];
            let ticket = usize::from(command.ticket);
            match decide(&tickets, command) {
                Outcome::Done => {
                    // Answers were decided before this event, so they stand before it.
                    if unwritten_of[ticket] && !self.is(Weakening::BarrierLast) {
                        drafts.push(Content::Barrier(std::mem::take(&mut unwritten)));
                        unwritten_of = [false; crate::decider::TICKETS];
                    }
                    drafts.push(Content::Event(id));
                    tickets = evolve(tickets, command);
                }
                outcome if self.is(Weakening::RefusalUnconfirmed) => {
                    state.writers[writer].held &= !only(id);
                    state.clients.answer(id, outcome);
                }
                outcome => {
                    unwritten[usize::from(id)] = Some(outcome);
                    unwritten_of[ticket] = true;
                }
            }
        }
        if unwritten != Outcomes::default() {
            drafts.push(Content::Barrier(unwritten));
        }
        if drafts.is_empty() {
            return;
        }
        let records = self.send(state, writer, &drafts);
        state.writers[writer].flight = Some(Flight {
            records,
            won: 0,
            stored: None,
        });
    }

    /// Seals records one onto the other, from the head on, and hands them to the network.
    fn send(&self, state: &mut State, writer: usize, drafts: &[Content]) -> List<Hash, BATCH_MAX> {
        let mut previous = state.writers[writer].reader.head;
        let mut records = List::default();
        for content in drafts {
            let record = Record {
                previous,
                content: *content,
            };
            previous = state.log.seal(record, self.weakening);
            records.push(previous);
        }
        state.network.push(Message::new(records));
        records
    }

    /// Whether a batch may be settled by a barrier: it is in flight, that is all.
    pub(crate) fn may_settle(&self, writer: &Writer) -> bool {
        writer.flight.is_some_and(|flight| {
            !self.is(Weakening::BarrierOnlyAfterTimeout) || flight.stored == Some(false)
        })
    }

    /// Sends an empty barrier on the last valid head it knows: once any valid record extends that
    /// head, what became of the batch is certain.
    pub(crate) fn send_barrier(&self, state: &mut State, writer: usize) {
        self.send(state, writer, &[Content::Barrier(Outcomes::default())]);
    }

    /// Reads the next valid record, folds it, and answers what it settles.
    pub(crate) fn read(&self, state: &mut State, index: usize) {
        let State {
            log,
            writers,
            clients,
            ..
        } = state;
        let writer = &mut writers[index];
        let commands = self.configuration.commands;
        let hash = writer.reader.read(log, commands, self.weakening);
        let Some(flight) = &mut writer.flight else {
            answer_known(state, index);
            return;
        };
        // Every valid record read while a batch is in flight extends what the batch's next record
        // extends: so it either is that record, or that record has lost.
        let next = flight.records[usize::from(flight.won)];
        let is_own = next == hash
            || self.is(Weakening::LookalikeConfirms) && alike(log.record(next), log.record(hash));
        if is_own {
            flight.won += 1;
            let settled = log.record(next).content;
            for command in members(writer.held) {
                if let Some(decided) = settled.outcome(command) {
                    let known = writer.reader.outcomes[usize::from(command)];
                    clients.answer(command, known.unwrap_or(decided));
                    writer.held &= !only(command);
                }
            }
        }
        // What was lost goes back to the queue, by not being in flight any more.
        if !is_own || usize::from(flight.won) == flight.records.len() {
            writer.flight = None;
            answer_known(state, index);
        }
    }

    /// Hears from the network that its batch was stored, or that this isn't known. A writer that
    /// keeps the protocol draws no conclusion from either.
    pub(crate) fn hear(&self, state: &mut State, index: usize, stored: bool) {
        let in_flight = state.in_flight(index);
        let State {
            log,
            writers,
            clients,
            ..
        } = state;
        let Some(flight) = &mut writers[index].flight else {
            return;
        };
        flight.stored = Some(stored);
        if stored && self.is(Weakening::AcknowledgeOnReport) {
            for hash in &*flight.records {
                let content = log.record(*hash).content;
                for command in members(in_flight) {
                    if let Some(decided) = content.outcome(command) {
                        clients.answer(command, decided);
                    }
                }
            }
            writers[index].held &= !in_flight;
        }
        if !stored && self.is(Weakening::TimeoutIsFailure) {
            writers[index].flight = None;
            for command in members(in_flight) {
                self.refuse(state, index, command);
            }
            answer_known(state, index);
        }
    }

    /// Answers "not done" to a command that waited too long in the queue.
    pub(crate) fn refuse(&self, state: &mut State, writer: usize, command: CommandId) {
        state.writers[writer].held &= !only(command);
        let held = state.held();
        let clients = &mut state.clients;
        clients.tell_not_done(command, held, self.weakening);
    }

    /// Loses its memory and starts again, from the snapshot or from the log's start. What it sent
    /// stays under way; its clients don't know what became of their commands.
    pub(crate) fn crash(&self, state: &mut State, index: usize, from: Reader) {
        let writer = &mut state.writers[index];
        state.clients.in_doubt |= writer.held;
        *writer = Writer {
            reader: from,
            ..Writer::default()
        };
        if self.is(Weakening::SnapshotWithoutOffset) {
            writer.reader.next = 0;
        }
        writer.reader.skip_noise(&state.log, self.weakening);
    }
}

/// Takes a command from its client.
pub(crate) fn receive(state: &mut State, writer: usize, command: CommandId) {
    state.clients.invoke(command);
    state.writers[writer].held |= only(command);
    answer_known(state, writer);
}

/// Answers the commands whose outcome the log has already, which was noticed when the next batch
/// was to be decided.
fn answer_known(state: &mut State, index: usize) {
    let State {
        writers, clients, ..
    } = state;
    let writer = &mut writers[index];
    if writer.flight.is_some() {
        return;
    }
    for command in members(writer.held) {
        if let Some(outcome) = writer.reader.outcomes[usize::from(command)] {
            clients.answer(command, outcome);
            writer.held &= !only(command);
        }
    }
}

/// Whether two records look the same to somebody who doesn't compare hashes.
fn alike(one: Record, other: Record) -> bool {
    one.previous == other.previous
        && match (one.content, other.content) {
            (Content::Event(one), Content::Event(other)) => one == other,
            (Content::Barrier(_), Content::Barrier(_)) => true,
            _ => false,
        }
}
