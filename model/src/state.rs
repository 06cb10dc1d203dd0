//! The state of everything at one moment, what may happen next, and what comes of it.

use crate::clients::{Clients, Set, only};
use crate::configuration::{Budget, WRITERS_MAX};
use crate::decider::CommandId;
use crate::log::{Log, Reader};
use crate::network::{Network, Part, deliver};
use crate::protocol::{Protocol, Writer, receive};
use crate::reduction::forget_doomed;
use crate::weakening::Weakening;

/// Log, network, writers, clients, and what of the faults is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) log: Log,
    pub(crate) network: Network,
    pub(crate) writers: [Writer; WRITERS_MAX],
    pub(crate) clients: Clients,
    pub(crate) left: Budget,
}

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are numbers of writers, commands and messages"
)]
pub enum Action {
    /// A client sends its command to a writer, for the first time or again.
    Send { command: CommandId, writer: u8 },
    /// A writer decides commands and sends a batch.
    Start {
        writer: u8,
        first: CommandId,
        second: Option<CommandId>,
    },
    /// A writer sends an empty barrier, because its batch isn't settled.
    Barrier { writer: u8 },
    /// The log stores what a message brings; its copy stays under way if it is duplicated.
    Deliver {
        message: u8,
        part: Part,
        duplicate: bool,
    },
    /// What is left of a message is lost.
    Drop { message: u8 },
    /// A writer hears what became of its batch's delivery.
    Hear { writer: u8, stored: bool },
    /// A writer reads its next valid record.
    Read { writer: u8 },
    /// A writer answers "not done" to a command in its queue.
    Expire { writer: u8, command: CommandId },
    /// A writer loses its memory and starts again, from the log's start or from a snapshot that
    /// somebody saved after so many valid records.
    Crash { writer: u8, snapshot: Option<u8> },
}

/// Whether an action needs a fault. Without faults the rest goes on until all is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    Protocol,
    Fault,
}

impl State {
    pub(crate) fn start(protocol: &Protocol<'_>) -> Self {
        Self {
            log: Log::new(),
            network: Network::default(),
            writers: [Writer::default(); WRITERS_MAX],
            clients: Clients::default(),
            left: protocol.configuration.budget,
        }
    }

    /// All commands that some replica holds.
    pub(crate) fn held(&self) -> Set {
        self.writers.iter().fold(0, |set, writer| set | writer.held)
    }

    /// The held commands of a writer whose records are under way.
    pub(crate) fn in_flight(&self, writer: usize) -> Set {
        let writer = &self.writers[writer];
        let Some(flight) = writer.flight else {
            return 0;
        };
        crate::clients::members(writer.held)
            .filter(|command| {
                flight.records[usize::from(flight.won)..]
                    .iter()
                    .any(|hash| self.log.record(*hash).content.outcome(*command).is_some())
            })
            .fold(0, |set, command| set | only(command))
    }

    /// Everything that may happen next.
    pub(crate) fn actions(&self, protocol: &Protocol<'_>, mut may: impl FnMut(Action, Cause)) {
        for index in 0..protocol.configuration.writers {
            self.actions_of_clients(protocol, index, &mut may);
            self.actions_of_writer(protocol, index, &mut may);
            self.faults_of_writer(protocol, index, &mut may);
        }
        for message in 0..self.network.len() {
            self.actions_of_network(message, &mut may);
        }
    }

    /// A command that would wait behind a batch in flight is as well sent later: that puts more
    /// answers before it, so it is the harder case.
    fn actions_of_clients(
        &self,
        protocol: &Protocol<'_>,
        index: usize,
        may: &mut impl FnMut(Action, Cause),
    ) {
        let writer = &self.writers[index];
        if writer.flight.is_some() {
            return;
        }
        for command in 0..protocol.configuration.commands.len() as CommandId {
            let set = only(command);
            let Clients {
                invoked, not_done, ..
            } = self.clients;
            let is_new = (invoked | not_done) & set == 0;
            // Its replica crashed, so its client must ask again.
            let is_lost = invoked & set != 0 && (self.held() | self.clients.answered()) & set == 0;
            let action = Action::Send {
                command,
                writer: index as u8,
            };
            if is_new || is_lost {
                may(action, Cause::Protocol);
            } else if self.left.repeats > 0 && writer.held & set == 0 {
                may(action, Cause::Fault);
            }
        }
    }

    fn actions_of_writer(
        &self,
        protocol: &Protocol<'_>,
        index: usize,
        may: &mut impl FnMut(Action, Cause),
    ) {
        let (state, writer) = (&self.writers[index], index as u8);
        if !state.reader.at_end(&self.log) && (state.held != 0 || !protocol.reads_late()) {
            may(Action::Read { writer }, Cause::Protocol);
        }
        let Some(flight) = state.flight else {
            for first in crate::clients::members(state.held) {
                let one = Action::Start {
                    writer,
                    first,
                    second: None,
                };
                may(one, Cause::Protocol);
                for second in crate::clients::members(state.held & !only(first)) {
                    let two = Action::Start {
                        writer,
                        first,
                        second: Some(second),
                    };
                    may(two, Cause::Protocol);
                }
            }
            return;
        };
        // Past its budget, a barrier waits until there is no other way. One on a head that the
        // batch doesn't extend settles nothing: whoever would need it is stuck.
        let next = self.log.record(flight.records[usize::from(flight.won)]);
        let nothing_else_comes = self.network.is_empty()
            && state.reader.at_end(&self.log)
            && state.reader.head == next.previous;
        if protocol.may_settle(state) && (self.left.barriers > 0 || nothing_else_comes) {
            may(Action::Barrier { writer }, Cause::Protocol);
        }
        if protocol
            .weakening
            .is_some_and(Weakening::listens_to_reports)
            && flight.stored.is_none()
        {
            let is_stored = |hash| self.log.entries.contains(hash);
            if flight.records.iter().all(is_stored) {
                let stored = true;
                may(Action::Hear { writer, stored }, Cause::Protocol);
            }
            let stored = false;
            may(Action::Hear { writer, stored }, Cause::Protocol);
        }
    }

    fn actions_of_network(&self, index: usize, may: &mut impl FnMut(Action, Cause)) {
        let message = index as u8;
        let mut deliver = |part, duplicate, cause| {
            let action = Action::Deliver {
                message,
                part,
                duplicate,
            };
            may(action, cause);
        };
        deliver(Part::Rest, false, Cause::Protocol);
        if self.left.duplicates > 0 {
            deliver(Part::Rest, true, Cause::Fault);
        }
        if self.network[index].count_left() > 1 && self.left.splits > 0 {
            deliver(Part::Only(0), false, Cause::Fault);
            deliver(Part::Only(1), false, Cause::Fault);
        }
        if self.left.drops > 0 {
            may(Action::Drop { message }, Cause::Fault);
        }
    }

    fn faults_of_writer(
        &self,
        protocol: &Protocol<'_>,
        index: usize,
        may: &mut impl FnMut(Action, Cause),
    ) {
        let (state, writer) = (&self.writers[index], index as u8);
        if self.left.expiries > 0 {
            for command in crate::clients::members(state.held & !self.in_flight(index)) {
                may(Action::Expire { writer, command }, Cause::Fault);
            }
        }
        let has_memory = state.held != 0 || state.flight.is_some() || state.reader.sequence > 0;
        if self.left.crashes > 0 && has_memory {
            let snapshot = None;
            may(Action::Crash { writer, snapshot }, Cause::Fault);
            if self.left.snapshots > 0 {
                let stored = Reader::at_end_of(&self.log, protocol.weakening).sequence;
                for sequence in 1..=stored {
                    let snapshot = Some(sequence);
                    may(Action::Crash { writer, snapshot }, Cause::Fault);
                }
            }
        }
    }

    /// What comes of an action.
    pub(crate) fn after(&self, protocol: &Protocol<'_>, action: Action) -> Self {
        let mut next = *self;
        match action {
            Action::Send { command, writer } => {
                let known = self.clients.invoked | self.clients.not_done;
                let is_lost = (self.held() | self.clients.answered() | self.clients.not_done)
                    & only(command)
                    == 0;
                if known & only(command) != 0 && !is_lost {
                    next.left.repeats -= 1;
                }
                receive(&mut next, usize::from(writer), command);
            }
            Action::Start {
                writer,
                first,
                second,
            } => protocol.start_batch(&mut next, usize::from(writer), first, second),
            Action::Barrier { writer } => {
                next.left.barriers = next.left.barriers.saturating_sub(1);
                protocol.send_barrier(&mut next, usize::from(writer));
            }
            Action::Deliver {
                message,
                part,
                duplicate,
            } => next.deliver(protocol, usize::from(message), part, duplicate),
            Action::Drop { message } => {
                next.left.drops -= 1;
                next.network.remove(usize::from(message));
            }
            Action::Hear { writer, stored } => {
                protocol.hear(&mut next, usize::from(writer), stored);
            }
            Action::Read { writer } => protocol.read(&mut next, usize::from(writer)),
            Action::Expire { writer, command } => {
                next.left.expiries -= 1;
                protocol.refuse(&mut next, usize::from(writer), command);
            }
            Action::Crash { writer, snapshot } => {
                next.left.crashes -= 1;
                next.left.snapshots -= u8::from(snapshot.is_some());
                let mut from = Reader::default();
                from.skip_noise(&self.log, protocol.weakening);
                for _ in 0..snapshot.unwrap_or(0) {
                    let commands = protocol.configuration.commands;
                    from.read(&self.log, commands, protocol.weakening);
                }
                protocol.crash(&mut next, usize::from(writer), from);
            }
        }
        if protocol.forgets_noise() {
            forget_doomed(protocol, &mut next);
        }
        next
    }

    fn deliver(&mut self, protocol: &Protocol<'_>, message: usize, part: Part, duplicate: bool) {
        self.left.duplicates -= u8::from(duplicate);
        self.left.splits -= u8::from(part != Part::Rest);
        deliver(&mut self.network, &mut self.log, message, part, duplicate);
        for writer in &mut self.writers[..protocol.configuration.writers] {
            writer.reader.skip_noise(&self.log, protocol.weakening);
        }
    }
}
