//! Who may ask what of a ticket.

use crate::actor::{Actor, Role};
use crate::command::{
    Amendment, Channel, CommandContext, CommandName, Customer, OpenTicket, TicketCommand,
    Visibility,
};
use crate::rejection::Rejection;
use crate::ticket::{Ticket, TicketState};

/// Whether the actor may ask this of the ticket, by role and by what it has to do with it.
///
/// | command | own customer | receptionist | store staff | consultant | service | importer |
/// |---|---|---|---|---|---|---|
/// | open | for itself, by web | yes | yes | yes | yes | yes |
/// | assign | | | | | yes | yes |
/// | accept, decline | | | | if its own | | yes |
/// | unassign | | | | if its own | yes | yes |
/// | transfer | | yes | | if its own | yes | yes |
/// | hold, resume | | yes | | if its own | yes | yes |
/// | resolve | | yes | | if its own | | yes |
/// | close | yes | yes | if it reported it | | yes | yes |
/// | reopen | yes | yes | if it reported it | | yes | yes |
/// | cancel | yes | yes | if it reported it | | | yes |
/// | amend | subject, description, place | yes | if it reported it | if its own | | yes |
/// | comments | public ones | yes | if it reported it | if its own | yes | yes |
/// | links | | yes | | if its own | yes | yes |
/// | travel, arrive, work | | | | if its own | | yes |
///
/// A manager and an administrator may ask everything; but only a service may state a routing
/// decision with an assignment, since nobody else takes one. A consultant's own tickets are those
/// assigned to it, and those it worked until they were resolved or closed. A ticket that doesn't
/// exist forbids nothing: [`decide`](crate::decide()) says that it isn't there.
pub fn authorize(
    context: &CommandContext,
    ticket: &Ticket,
    command: &TicketCommand,
) -> Result<(), Rejection> {
    let name = command.name();
    let allowed = match ticket {
        Ticket::Unopened if name != CommandName::Open => true,
        _ => {
            grants(name)
                .iter()
                .any(|grant| grant.covers(context.actor, ticket, command))
                && (context.actor.role == Role::Service || !states_a_decision(command))
        }
    };
    Rejection::forbidden_unless(allowed, context, name)
}

/// Somebody who may do something.
#[derive(Clone, Copy)]
enum Grant {
    /// Anybody in that role.
    Any(Role),
    /// The customer whose ticket it is, within what customers may say.
    OwnCustomer,
    /// The store staff who reported it.
    StoreReporter,
    /// The consultant who has it, or had it when it was solved.
    ItsConsultant,
}

/// The table itself.
const fn grants(command: CommandName) -> &'static [Grant] {
    use Grant::{Any, ItsConsultant, OwnCustomer, StoreReporter};
    use Role::{Administrator, Consultant, Importer, Manager, Receptionist, Service, StoreStaff};
    match command {
        CommandName::Open => &[
            OwnCustomer,
            Any(Receptionist),
            Any(StoreStaff),
            Any(Consultant),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CommandName::Assign => &[
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CommandName::Accept
        | CommandName::Decline
        | CommandName::StartTravel
        | CommandName::Arrive
        | CommandName::LogWork => &[
            ItsConsultant,
            Any(Manager),
            Any(Administrator),
            Any(Importer),
        ],
        CommandName::Unassign => &[
            ItsConsultant,
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CommandName::Transfer | CommandName::Hold | CommandName::Resume | CommandName::Link => &[
            ItsConsultant,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CommandName::Resolve => &[
            ItsConsultant,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Importer),
        ],
        CommandName::Close | CommandName::Reopen => &[
            OwnCustomer,
            StoreReporter,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CommandName::Cancel => &[
            OwnCustomer,
            StoreReporter,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Importer),
        ],
        CommandName::Amend => &[
            OwnCustomer,
            StoreReporter,
            ItsConsultant,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Importer),
        ],
        CommandName::AddComment => &[
            OwnCustomer,
            StoreReporter,
            ItsConsultant,
            Any(Receptionist),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
    }
}

impl Grant {
    fn covers(self, actor: Actor, ticket: &Ticket, command: &TicketCommand) -> bool {
        match self {
            Self::Any(role) => actor.role == role,
            Self::OwnCustomer => {
                actor.role == Role::Customer
                    && (matches!(command, TicketCommand::Open(_))
                        || state(ticket).is_some_and(|state| state.customer == Some(actor.id)))
                    && customer_may_say(actor, command)
            }
            Self::StoreReporter => {
                actor.role == Role::StoreStaff
                    && state(ticket).is_some_and(|state| state.reporter == actor.id)
            }
            Self::ItsConsultant => {
                actor.role == Role::Consultant
                    && state(ticket)
                        .is_some_and(|state| state.status.consultant() == Some(actor.id))
            }
        }
    }
}

fn state(ticket: &Ticket) -> Option<&TicketState> {
    match ticket {
        Ticket::Unopened => None,
        Ticket::Opened(state) => Some(state),
    }
}

/// Whether it claims that the router decided it.
const fn states_a_decision(command: &TicketCommand) -> bool {
    matches!(
        command,
        TicketCommand::Assign {
            decision: Some(_),
            ..
        }
    )
}

/// What a customer's command may contain, beyond being of a kind that customers may send.
fn customer_may_say(actor: Actor, command: &TicketCommand) -> bool {
    match command {
        TicketCommand::Open(open) => {
            let OpenTicket {
                customer, channel, ..
            } = &**open;
            *customer == Customer::Registered(actor.id) && *channel == Channel::Web
        }
        TicketCommand::Amend(amendment) => {
            let Amendment {
                subject: _,
                description: _,
                place: _,
                category,
                skills,
                priority,
                fields,
            } = &**amendment;
            category.is_none() && skills.is_none() && priority.is_none() && fields.is_empty()
        }
        TicketCommand::AddComment { visibility, .. } => *visibility == Visibility::Public,
        TicketCommand::Assign { .. }
        | TicketCommand::Accept
        | TicketCommand::Decline { .. }
        | TicketCommand::Unassign { .. }
        | TicketCommand::Transfer { .. }
        | TicketCommand::Hold { .. }
        | TicketCommand::Resume
        | TicketCommand::Resolve { .. }
        | TicketCommand::Close { .. }
        | TicketCommand::Reopen { .. }
        | TicketCommand::Cancel { .. }
        | TicketCommand::Link { .. }
        | TicketCommand::StartTravel
        | TicketCommand::Arrive
        | TicketCommand::LogWork { .. } => true,
    }
}
