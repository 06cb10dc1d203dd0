//! Any stream: tickets, consultants, customers, surveys and the catalogue behind one `authorize`, `decide`
//! and `evolve`, for whoever holds streams of every kind.
//!
//! What is of one kind is never applied to another: such a command is forbidden, such an event
//! changes nothing.

mod from;
mod id;
mod name;

use crate::catalogue::{self, Catalogue, CatalogueCommand, CatalogueEvent};
use crate::command::{CommandContext, TicketCommand};
use crate::consultant::{self, Consultant, ConsultantCommand, ConsultantEvent};
use crate::customer::{self, Customer, CustomerCommand, CustomerEvent};
use crate::decide::Decision;
use crate::event::{EventContext, TicketEvent};
use crate::rejection::Rejection;
use crate::survey::{self, Survey, SurveyCommand, SurveyEvent};
use crate::ticket::Ticket;

pub use id::StreamId;
pub use name::AnyCommandName;

/// Any stream's state.
#[derive(Clone, PartialEq, Debug)]
pub enum Aggregate {
    /// Of a ticket.
    Ticket(Ticket),
    /// Of a consultant.
    Consultant(Consultant),
    /// Of a customer.
    Customer(Customer),
    /// Of a survey.
    Survey(Survey),
    /// Of the catalogue.
    Catalogue(Box<Catalogue>),
}

/// Any stream's command.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// To a ticket.
    Ticket(TicketCommand),
    /// About a consultant.
    Consultant(ConsultantCommand),
    /// About a customer.
    Customer(CustomerCommand),
    /// About a survey.
    Survey(SurveyCommand),
    /// To the catalogue.
    Catalogue(CatalogueCommand),
}

/// Any stream's event.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// Of a ticket.
    Ticket(TicketEvent),
    /// Of a consultant.
    Consultant(ConsultantEvent),
    /// Of a customer.
    Customer(CustomerEvent),
    /// Of a survey.
    Survey(SurveyEvent),
    /// Of the catalogue.
    Catalogue(CatalogueEvent),
}

impl Aggregate {
    /// The state of that stream before its first event.
    pub fn initial(id: StreamId) -> Self {
        match id {
            StreamId::Ticket(_) => Self::Ticket(Ticket::default()),
            StreamId::Consultant(_) => Self::Consultant(Consultant::default()),
            StreamId::Customer(_) => Self::Customer(Customer::default()),
            StreamId::Survey(_) => Self::Survey(Survey::default()),
            StreamId::Catalogue => Self::Catalogue(Box::default()),
        }
    }

    /// The stream version: how many events there are.
    pub fn version(&self) -> u32 {
        match self {
            Self::Ticket(ticket) => ticket.version(),
            Self::Consultant(consultant) => consultant.history().version,
            Self::Customer(customer) => customer.history().version,
            Self::Survey(survey) => survey.history().version,
            Self::Catalogue(catalogue) => catalogue.history.version,
        }
    }

    /// See [`TicketState::saw_source_sequence`](crate::TicketState::saw_source_sequence); of a
    /// ticket, person or survey without any event nothing is kept.
    pub fn saw_source_sequence(&mut self, sequence: Option<u64>) {
        match self {
            Self::Ticket(Ticket::Unopened) => {}
            Self::Ticket(Ticket::Opened(state)) => state.saw_source_sequence(sequence),
            Self::Consultant(consultant) => consultant.saw_source_sequence(sequence),
            Self::Customer(customer) => customer.saw_source_sequence(sequence),
            Self::Survey(survey) => survey.saw_source_sequence(sequence),
            Self::Catalogue(catalogue) => catalogue.history.saw_source_sequence(sequence),
        }
    }
}

/// Whether the actor may ask this of the stream; see the tables of [tickets](crate::authorize),
/// [consultants](consultant::authorize), [customers](customer::authorize),
/// [surveys](survey::authorize) and the [catalogue](catalogue::authorize).
pub fn authorize(
    id: StreamId,
    context: &CommandContext,
    aggregate: &Aggregate,
    command: &Command,
) -> Result<(), Rejection> {
    match (id, aggregate, command) {
        (StreamId::Ticket(_), Aggregate::Ticket(ticket), Command::Ticket(command)) => {
            crate::authorize(context, ticket, command)
        }
        (StreamId::Consultant(id), Aggregate::Consultant(_), Command::Consultant(command)) => {
            consultant::authorize(id, context, command)
        }
        (StreamId::Customer(id), Aggregate::Customer(_), Command::Customer(command)) => {
            customer::authorize(id, context, command)
        }
        (StreamId::Survey(id), Aggregate::Survey(_), Command::Survey(command)) => {
            survey::authorize(id, context, command)
        }
        (StreamId::Catalogue, Aggregate::Catalogue(_), Command::Catalogue(command)) => {
            catalogue::authorize(context, command)
        }
        (_, _, command) => Err(of_another_kind(context, command)),
    }
}

/// Decides a command that [`authorize`] let pass, on the same state; see each stream's own.
pub fn decide(
    id: StreamId,
    aggregate: &Aggregate,
    context: &CommandContext,
    command: &Command,
) -> Decision<Event> {
    match (id, aggregate, command) {
        (StreamId::Ticket(id), Aggregate::Ticket(ticket), Command::Ticket(command)) => {
            crate::decide(id, ticket, context, command).map(|event| event.map(Event::Ticket))
        }
        (StreamId::Consultant(_), Aggregate::Consultant(state), Command::Consultant(command)) => {
            consultant::decide(state, context, command).map(|event| event.map(Event::Consultant))
        }
        (StreamId::Customer(_), Aggregate::Customer(state), Command::Customer(command)) => {
            customer::decide(state, context, command).map(|event| event.map(Event::Customer))
        }
        (StreamId::Survey(_), Aggregate::Survey(state), Command::Survey(command)) => {
            survey::decide(state, context, command).map(|event| event.map(Event::Survey))
        }
        (StreamId::Catalogue, Aggregate::Catalogue(state), Command::Catalogue(command)) => {
            catalogue::decide(state, context, command).map(|event| event.map(Event::Catalogue))
        }
        (_, _, command) => Err(of_another_kind(context, command)),
    }
}

/// The stream after the event. Never panics and never refuses: what lies in the log has happened.
pub fn evolve(aggregate: Aggregate, context: &EventContext, event: &Event) -> Aggregate {
    match (aggregate, event) {
        (Aggregate::Ticket(ticket), Event::Ticket(event)) => {
            Aggregate::Ticket(crate::evolve(ticket, context, event))
        }
        (Aggregate::Consultant(state), Event::Consultant(event)) => {
            Aggregate::Consultant(consultant::evolve(state, context, event))
        }
        (Aggregate::Customer(state), Event::Customer(event)) => {
            Aggregate::Customer(customer::evolve(state, context, event))
        }
        (Aggregate::Survey(state), Event::Survey(event)) => {
            Aggregate::Survey(survey::evolve(state, context, event))
        }
        (Aggregate::Catalogue(state), Event::Catalogue(event)) => {
            Aggregate::Catalogue(Box::new(catalogue::evolve(*state, context, event)))
        }
        (aggregate, _) => aggregate,
    }
}

fn of_another_kind(context: &CommandContext, command: &Command) -> Rejection {
    Rejection::Forbidden {
        role: context.actor.role,
        command: command.name(),
    }
}

impl Event {
    /// Whether such a stream can have it: an event of another kind in its place is none of its own.
    pub const fn is_of(&self, stream: StreamId) -> bool {
        matches!(
            (stream, self),
            (StreamId::Ticket(_), Self::Ticket(_))
                | (StreamId::Consultant(_), Self::Consultant(_))
                | (StreamId::Customer(_), Self::Customer(_))
                | (StreamId::Survey(_), Self::Survey(_))
                | (StreamId::Catalogue, Self::Catalogue(_))
        )
    }
}

impl Command {
    /// Its name.
    pub fn name(&self) -> AnyCommandName {
        match self {
            Self::Ticket(command) => command.name().into(),
            Self::Consultant(command) => command.name().into(),
            Self::Customer(command) => command.name().into(),
            Self::Survey(command) => command.name().into(),
            Self::Catalogue(command) => command.name().into(),
        }
    }
}
