//! From a single request or a bulk line to a command for a partition.

use docket_domain::command::Origin;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::{Actor, CommandName, Role};
use docket_schemas::stream;
use docket_service::auth::Caller;
use docket_service::problem::Problem;

use crate::command_id::{command_digest, command_id, ticket_id};
use crate::partition::command::Request;
use crate::wire::{BadBody, Ids, Stated, body_of};

/// A command as it comes in, before its body has been read.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    pub(super) name: CommandName,
    /// None for an opening that leaves its id to us.
    pub(super) ticket: Option<TicketId>,
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
    let ticket = incoming
        .ticket
        .unwrap_or_else(|| ticket_id(caller.actor_id, incoming.key));
    let id = command_id(
        &caller.issuer,
        &caller.subject,
        &stream::ticket_key(ticket),
        incoming.key,
    );
    let ids = Ids {
        ticket,
        command: id,
        actor,
    };
    let (command, canonical) = body_of(incoming.name, incoming.body, ids, incoming.stated)?;
    Ok(Request {
        ticket,
        id,
        digest: command_digest(id, incoming.name, &canonical),
        actor,
        origin: match actor.role {
            Role::Importer => Origin::Import,
            _ => Origin::Live,
        },
        occurred_at: incoming.stated.occurred_at,
        source_sequence: incoming.stated.source_sequence,
        expected_version: incoming.stated.if_match,
        command,
        traceparent: incoming.traceparent.map(str::to_owned),
    })
}
