//! From a single request or a bulk line to a command for a partition.

use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::command::Origin;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::AnyCommandName;
use docket_domain::survey::SurveyCommandName;
use docket_domain::{Actor, CommandName, Role};
use docket_schemas::stream;
use docket_service::auth::{self, Caller};
use docket_service::problem::Problem;

use crate::command_id::{command_digest, command_id, person_id, ticket_id};
use crate::partition::command::Request;
use crate::wire::{Addressed, Asker, BadBody, NOBODY, Stated, body_of, whose};

/// Which command it is, and of which stream, as far as its path or its line says so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    /// Without an id, an opening that leaves it to us.
    Ticket(Option<TicketId>, CommandName),
    /// Without an id, a registration whose body says it.
    Consultant(Option<PersonId>, ConsultantCommandName),
    /// Likewise, or leaves it to us.
    Customer(Option<PersonId>, CustomerCommandName),
    Survey(SurveyId, SurveyCommandName),
    Catalogue(CatalogueCommandName),
}

impl Named {
    /// Which command.
    pub(super) fn name(self) -> AnyCommandName {
        match self {
            Self::Ticket(_, name) => name.into(),
            Self::Consultant(_, name) => name.into(),
            Self::Customer(_, name) => name.into(),
            Self::Survey(_, name) => name.into(),
            Self::Catalogue(name) => name.into(),
        }
    }

    /// Which stream it is for. Every replica comes to the same: it depends on the request alone.
    pub(super) fn addressed(self, key: &str, body: &[u8], caller: &Caller) -> Addressed {
        let said = || whose(body, &caller.issuer);
        match self {
            Self::Ticket(id, name) => {
                let id = id.unwrap_or_else(|| ticket_id(caller.actor_id, key));
                Addressed::Ticket(id, name)
            }
            Self::Consultant(id, name) => {
                Addressed::Consultant(id.or_else(said).unwrap_or(NOBODY), name)
            }
            Self::Customer(id, name) => {
                let id = id.or_else(said).unwrap_or_else(|| match caller.role {
                    auth::Role::Customer => PersonId(caller.actor_id),
                    _ => person_id(caller.actor_id, key),
                });
                Addressed::Customer(id, name)
            }
            Self::Survey(id, name) => Addressed::Survey(id, name),
            Self::Catalogue(name) => Addressed::Catalogue(name),
        }
    }
}

/// Whether such a command, if it is applied, makes something that was not there.
pub(super) fn creates(name: AnyCommandName) -> bool {
    matches!(
        name,
        AnyCommandName::Ticket(CommandName::Open)
            | AnyCommandName::Consultant(ConsultantCommandName::Register)
            | AnyCommandName::Customer(CustomerCommandName::Register)
    )
}

/// A command as it comes in, before its body has been read.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) addressed: Addressed,
    pub(super) key: &'a str,
    pub(super) stated: Stated,
    pub(super) body: &'a [u8],
    pub(super) traceparent: Option<&'a str>,
}

/// Who calls, in the domain's words. The roles' names are the same by contract.
pub(super) fn actor(caller: &Caller) -> Result<Actor, Problem> {
    let role = Role::parse(caller.role.as_str())
        .ok_or_else(|| Problem::forbidden("the token's role can't send commands"))?;
    Ok(Actor {
        id: PersonId(caller.actor_id),
        role,
    })
}

/// Reads the body and gives the command its ids.
pub(super) fn request(
    incoming: Incoming<'_>,
    caller: &Caller,
    actor: Actor,
) -> Result<Request, BadBody> {
    let Incoming {
        addressed, stated, ..
    } = incoming;
    let stream = addressed.stream();
    let id = command_id(
        &caller.issuer,
        &caller.subject,
        &stream::key(stream),
        incoming.key,
    );
    let asker = Asker {
        command: id,
        actor,
        issuer: &caller.issuer,
    };
    let (command, canonical) = body_of(addressed, incoming.body, asker, stated)?;
    Ok(Request {
        stream,
        id,
        digest: command_digest(id, addressed.name(), &canonical),
        actor,
        origin: match actor.role {
            Role::Importer => Origin::Import,
            _ => Origin::Live,
        },
        occurred_at: stated.occurred_at,
        source_sequence: stated.source_sequence,
        expected_version: stated.if_match,
        command,
        traceparent: incoming.traceparent.map(str::to_owned),
    })
}
