//! From a body to a command of the domain, and to its canonical form.

use docket_domain::catalogue::CatalogueCommandName;
use docket_domain::command::CommandName;
use docket_domain::consultant::ConsultantCommandName;
use docket_domain::customer::CustomerCommandName;
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::{AnyCommandName, Command, StreamId};
use docket_domain::survey::SurveyCommandName;
use docket_domain::{Actor, Timestamp};
use docket_schemas::attributes::CommandId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bodies::EmptyBody;
use super::check::Check;
use super::parse::{BadBody, tolerant};
use super::{catalogue, consultant, customer, survey, ticket};

/// A command's name and the stream that it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Addressed {
    Ticket(TicketId, CommandName),
    Consultant(PersonId, ConsultantCommandName),
    Customer(PersonId, CustomerCommandName),
    Survey(SurveyId, SurveyCommandName),
    Catalogue(CatalogueCommandName),
}

impl Addressed {
    /// Which stream.
    pub(crate) fn stream(self) -> StreamId {
        match self {
            Self::Ticket(id, _) => StreamId::Ticket(id),
            Self::Consultant(id, _) => StreamId::Consultant(id),
            Self::Customer(id, _) => StreamId::Customer(id),
            Self::Survey(id, _) => StreamId::Survey(id),
            Self::Catalogue(_) => StreamId::Catalogue,
        }
    }

    /// Which command.
    pub(crate) fn name(self) -> AnyCommandName {
        match self {
            Self::Ticket(_, name) => name.into(),
            Self::Consultant(_, name) => name.into(),
            Self::Customer(_, name) => name.into(),
            Self::Survey(_, name) => name.into(),
            Self::Catalogue(name) => name.into(),
        }
    }
}

/// Who asks, and under which id: what a command's own ids and defaults come from.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) command: CommandId,
    pub(crate) actor: Actor,
    /// Of the token.
    pub(crate) issuer: &'a str,
}

/// What a client states besides the body; part of the canonical form.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Stated {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) occurred_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) if_match: Option<u32>,
}

#[derive(Serialize)]
struct Canonical<'a, B> {
    stated: Stated,
    body: &'a B,
}

/// Reads the body of the command. An empty one is `{}`.
pub(crate) fn body_of(
    addressed: Addressed,
    bytes: &[u8],
    asker: Asker<'_>,
    stated: Stated,
) -> Read {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let reading = Reading { bytes, stated };
    match addressed {
        Addressed::Ticket(ticket, name) => ticket::body_of(name, reading, ticket, asker),
        Addressed::Consultant(id, name) => consultant::body_of(name, reading, id, asker.issuer),
        Addressed::Customer(id, name) => customer::body_of(name, reading, id, asker.issuer),
        Addressed::Survey(_, name) => survey::body_of(name, reading),
        Addressed::Catalogue(name) => catalogue::body_of(name, reading),
    }
}

/// A command, and the canonical form of what was sent.
pub(crate) type Read = Result<(Command, Vec<u8>), BadBody>;

/// What a body is read from.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    bytes: &'a [u8],
    stated: Stated,
}

impl Reading<'_> {
    /// Reads a body of that shape and makes a command of it.
    pub(super) fn read<B, C>(self, command: impl FnOnce(B, &mut Check) -> Option<C>) -> Read
    where
        B: DeserializeOwned + Serialize + Default,
        C: Into<Command>,
    {
        let (body, faults) = tolerant::<B>(self.bytes)?;
        // The wire structs hold texts, numbers, lists and maps keyed by text: they always serialise.
        let canonical = serde_json::to_vec(&Canonical {
            stated: self.stated,
            body: &body,
        })
        .map_err(|error| BadBody::Malformed(error.to_string()))?;
        let mut check = Check::after(faults);
        let command = command(body, &mut check);
        match (command, check.into_faults()) {
            (Some(command), faults) if faults.is_empty() => Ok((command.into(), canonical)),
            (_, faults) => Err(BadBody::Faulty(faults)),
        }
    }
}

/// A command that has nothing to say.
pub(super) fn just<C>(command: C) -> impl FnOnce(EmptyBody, &mut Check) -> Option<C> {
    move |_, _| Some(command)
}
