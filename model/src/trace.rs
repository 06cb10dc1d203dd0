//! The way to a state, told so that a person can follow it.

use std::fmt::{self, Write};

use crate::clients::{members, only};
use crate::configuration::Configuration;
use crate::decider::{Command, Outcome, Wish};
use crate::invariants::Invariant;
use crate::log::{Content, GENESIS, Hash, Reader};
use crate::network::Part;
use crate::protocol::Protocol;
use crate::state::{Action, State};

/// A run that breaks a promise.
#[derive(Clone, Debug)]
pub struct Trace {
    title: String,
    steps: Vec<String>,
    /// What happened, step by step.
    pub actions: Vec<Action>,
}

impl Trace {
    pub(crate) fn new(protocol: &Protocol<'_>, broken: Invariant, actions: &[Action]) -> Self {
        let mut title = format!("{}: broken: {broken}", protocol.configuration.name);
        if let Some(weakening) = protocol.weakening {
            title = format!("{weakening} breaks: {broken}");
        }
        let mut state = State::start(protocol);
        let mut steps = Vec::new();
        for action in actions {
            let next = state.after(protocol, *action);
            let telling = Telling {
                configuration: protocol.configuration,
                before: &state,
                after: &next,
            };
            steps.push(telling.step(protocol, *action));
            state = next;
        }
        Self {
            title,
            steps,
            actions: actions.to_vec(),
        }
    }
}

impl Trace {
    /// The step that breaks the promise.
    pub fn last_step(&self) -> &str {
        self.steps.last().map_or("", String::as_str)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({} steps)", self.title, self.steps.len())?;
        for (number, step) in (1..).zip(&self.steps) {
            writeln!(f, "{number:>4}. {step}")?;
        }
        Ok(())
    }
}

struct Telling<'a> {
    configuration: &'a Configuration,
    before: &'a State,
    after: &'a State,
}

impl Telling<'_> {
    fn step(&self, protocol: &Protocol<'_>, action: Action) -> String {
        let mut text = match action {
            Action::Send { command, writer } => format!(
                "c{command} ({}) is sent to writer {}",
                wish(self.configuration.commands[usize::from(command)]),
                name(writer)
            ),
            Action::Start {
                writer,
                first,
                second,
            } => {
                let decided = list(
                    std::iter::once(first)
                        .chain(second)
                        .map(|c| format!("c{c}")),
                );
                format!(
                    "writer {} decides {decided} and sends {}",
                    name(writer),
                    self.sent()
                )
            }
            Action::Barrier { writer } => format!(
                "writer {} is in doubt and sends {}",
                name(writer),
                self.sent()
            ),
            Action::Deliver {
                message,
                part,
                duplicate,
            } => self.delivery(protocol, usize::from(message), part, duplicate),
            Action::Drop { message } => {
                let lost = &self.before.network[usize::from(message)];
                let lost = lost.part(Part::Rest).map(|(_, hash)| format!("r{hash}"));
                format!("the network loses {}", list(lost))
            }
            Action::Hear { writer, stored } => format!(
                "writer {} hears that its batch {}",
                name(writer),
                if stored { "was stored" } else { "timed out" }
            ),
            Action::Read { writer } => {
                let read = self.after.writers[usize::from(writer)].reader.head;
                format!("writer {} reads r{read}", name(writer))
            }
            Action::Expire { writer, command } => {
                format!("writer {} gives up c{command}: \"not done\"", name(writer))
            }
            Action::Crash { writer, snapshot } => {
                let from = snapshot.map_or("the log's start".to_owned(), |sequence| {
                    format!("a snapshot at sequence {sequence}")
                });
                format!(
                    "writer {} crashes and starts again from {from}",
                    name(writer)
                )
            }
        };
        self.tell_answers(&mut text, action);
        text
    }

    /// The records that this step added.
    fn sent(&self) -> String {
        let (before, after) = (&self.before.log.records, &self.after.log.records);
        if before.len() == after.len() {
            return "nothing new".to_owned();
        }
        list((before.len()..after.len()).map(|hash| self.record(hash as Hash)))
    }

    fn record(&self, hash: Hash) -> String {
        let record = self.after.log.record(hash);
        let says = match record.content {
            Content::Event(command) => format!("c{command} done"),
            Content::Barrier(answers) => {
                let answers = (0..).zip(answers).filter_map(|(command, answer): (u8, _)| {
                    Some(format!("c{command} {}", outcome(answer?)))
                });
                match list(answers) {
                    none if none.is_empty() => "barrier".to_owned(),
                    answers => format!("barrier: {answers}"),
                }
            }
        };
        match record.previous {
            GENESIS => format!("r{hash} [genesis ← {says}]"),
            previous => format!("r{hash} [r{previous} ← {says}]"),
        }
    }

    fn delivery(
        &self,
        protocol: &Protocol<'_>,
        message: usize,
        part: Part,
        duplicate: bool,
    ) -> String {
        let mut reader = Reader::default();
        reader.skip_noise(&self.before.log, protocol.weakening);
        let commands = self.configuration.commands;
        while !reader.at_end(&self.before.log) {
            reader.read(&self.before.log, commands, protocol.weakening);
        }
        let delivered = self.before.network[message].part(part).map(|(_, hash)| {
            let record = self.before.log.record(hash);
            if reader.holds_valid(record, protocol.weakening) {
                reader.head = hash;
                format!("r{hash} (valid)")
            } else {
                format!("r{hash} (noise)")
            }
        });
        let mut text = format!("the log stores {}", list(delivered));
        if duplicate {
            text.push_str("; a copy stays under way");
        } else if part != Part::Rest {
            text.push_str("; the rest of the batch stays under way");
        }
        text
    }

    /// Answers given in this step, repeated ones included as far as they show.
    fn tell_answers(&self, text: &mut String, action: Action) {
        let (before, after) = (&self.before.clients, &self.after.clients);
        for command in members(after.answered() & !before.answered()) {
            let answer = after.answers[usize::from(command)];
            let answer = answer.map_or("nothing", outcome);
            let _ = write!(text, "; c{command} is answered: {answer}");
        }
        for command in members(after.contradicted & !before.contradicted) {
            let _ = write!(text, "; c{command} is answered otherwise now");
        }
        if let Action::Hear { .. } = action {
            for command in members(after.not_done & !before.not_done) {
                let _ = write!(text, "; c{command} is answered: not done");
            }
        }
        let Action::Crash { .. } = action else {
            return;
        };
        for command in members(self.before.held() & !self.after.held()) {
            if after.answered() & only(command) == 0 {
                let _ = write!(text, "; c{command} is unknown to its client");
            }
        }
    }
}

fn wish(command: Command) -> String {
    let ticket = ["ticket X", "ticket Y"][usize::from(command.ticket)];
    match command.wish {
        Wish::Accept(consultant) => format!("{consultant:?} accepts {ticket}"),
        Wish::Unassign => format!("unassign {ticket}"),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Unchanged => "already so",
        Outcome::Refused => "refused",
    }
}

fn name(writer: u8) -> char {
    char::from(b'A' + writer)
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
