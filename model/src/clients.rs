//! The clients and what they saw: the history from outside, on which linearizability is judged
//! without a look at the log.
//!
//! A client sends its command to any replica; when that one crashes, it doesn't know what became
//! of the command and sends it again, to any replica; and it may send it again at any other time
//! too, while the first attempt is still under way (hedged) or after the answer. "Not done" is the
//! command's answer only when no other attempt at it is under way or in doubt.

use crate::decider::{
    COMMANDS_MAX, Command, CommandId, Outcome, Outcomes, Tickets, decide, evolve,
};
use crate::weakening::Weakening;

/// A set of commands, one bit each.
pub(crate) type Set = u8;

/// The set of one command.
pub(crate) const fn only(command: CommandId) -> Set {
    1 << command
}

/// The commands of a set.
pub(crate) fn members(set: Set) -> impl Iterator<Item = CommandId> {
    (0..COMMANDS_MAX as CommandId).filter(move |command| set & only(*command) != 0)
}

/// What all clients together have sent and been told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Clients {
    /// Sent, and not answered "not done" as a whole since.
    pub(crate) invoked: Set,
    /// Answered "not done", so that it must not happen.
    pub(crate) not_done: Set,
    /// An attempt was lost with its replica and may still happen.
    pub(crate) in_doubt: Set,
    /// The first answers.
    pub(crate) answers: Outcomes,
    /// For each command, which ones had been answered when it was invoked: these came before it,
    /// in real time.
    pub(crate) before: [Set; COMMANDS_MAX],
    /// A command was told two different outcomes.
    pub(crate) contradicted: Set,
}

impl Clients {
    pub(crate) fn answered(&self) -> Set {
        (0..COMMANDS_MAX as CommandId)
            .filter(|command| self.answers[usize::from(*command)].is_some())
            .fold(0, |set, command| set | only(command))
    }

    /// A command is sent to a replica, for the first time or again.
    pub(crate) fn invoke(&mut self, command: CommandId) {
        if self.invoked & only(command) == 0 {
            self.invoked |= only(command);
            self.not_done &= !only(command);
            self.before[usize::from(command)] = self.answered();
        }
    }

    /// A replica answers a command.
    pub(crate) fn answer(&mut self, command: CommandId, outcome: Outcome) {
        let first = self.answers[usize::from(command)].get_or_insert(outcome);
        if *first != outcome {
            self.contradicted |= only(command);
        }
    }

    /// A replica answers that it has not done a command and won't. `held` are the commands that
    /// another replica holds.
    pub(crate) fn tell_not_done(
        &mut self,
        command: CommandId,
        held: Set,
        weakening: Option<Weakening>,
    ) {
        let may_happen = (held | self.in_doubt | self.answered()) & only(command) != 0;
        if !may_happen || weakening == Some(Weakening::OneNotDoneForAll) {
            self.not_done |= only(command);
            self.invoked &= !only(command);
        }
    }

    /// Whether there is an order of the commands, in keeping with real time, in which the decider
    /// gives every client the answer it got. Commands that are not answered may have happened.
    pub(crate) fn linearizable(&self, commands: &[Command]) -> bool {
        self.extends(commands, Tickets::default(), 0)
    }

    fn extends(&self, commands: &[Command], tickets: Tickets, placed: Set) -> bool {
        if self.answered() & !placed == 0 {
            return true;
        }
        members((self.invoked | self.answered()) & !placed).any(|next| {
            let (index, command) = (usize::from(next), commands[usize::from(next)]);
            let outcome = decide(&tickets, command);
            let agrees = match self.answers[index] {
                Some(answer) => answer == outcome,
                // To place it without an effect helps nobody.
                None => outcome == Outcome::Done,
            };
            let state = match outcome {
                Outcome::Done => evolve(tickets, command),
                Outcome::Unchanged | Outcome::Refused => tickets,
            };
            agrees
                && self.before[index] & !placed == 0
                && self.extends(commands, state, placed | only(next))
        })
    }
}
