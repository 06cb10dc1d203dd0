//! The smallest domain whose answers depend on state and order: a ticket has a consultant or none.
//!
//! It has an event, a refusal and an "already so" within two commands, and every one of them tells
//! which commands went before it.

/// Most commands of one configuration.
pub const COMMANDS_MAX: usize = 4;
/// Tickets (streams) of the modelled partition.
pub const TICKETS: usize = 2;

/// A command by its id: its place in the configuration's list.
pub type CommandId = u8;

/// Who accepts a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "names of people")]
pub enum Consultant {
    Anna,
    Ben,
}

/// What a client may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wish {
    /// The consultant takes the ticket: refused while another one has it, already so if they do.
    Accept(Consultant),
    /// The ticket has no consultant any more: refused when it has none.
    Unassign,
}

/// A command: on which ticket, and what.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Command {
    /// The ticket's number, below [`TICKETS`].
    pub ticket: u8,
    /// What is asked for.
    pub wish: Wish,
}

/// What became of a command, as its client learns it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// It made an event.
    Done,
    /// It was so already.
    Unchanged,
    /// The domain refused it.
    Refused,
}

/// The tickets' state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tickets(pub [Option<Consultant>; TICKETS]);

/// Outcomes by command id: the table that readers fold, and what a barrier lists.
pub type Outcomes = [Option<Outcome>; COMMANDS_MAX];

/// Decides a command.
pub fn decide(tickets: &Tickets, command: Command) -> Outcome {
    match (tickets.0[usize::from(command.ticket)], command.wish) {
        (None, Wish::Accept(_)) | (Some(_), Wish::Unassign) => Outcome::Done,
        (Some(has), Wish::Accept(wants)) if has == wants => Outcome::Unchanged,
        (Some(_), Wish::Accept(_)) | (None, Wish::Unassign) => Outcome::Refused,
    }
}

/// Folds the event that a command made.
pub fn evolve(mut tickets: Tickets, command: Command) -> Tickets {
    tickets.0[usize::from(command.ticket)] = match command.wish {
        Wish::Accept(consultant) => Some(consultant),
        Wish::Unassign => None,
    };
    tickets
}
