//! What clients ask: a few actors of a few tickets and other streams, so that they get into each other's way.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_domain::command::{
    Amendment, Awaiting, Channel, Customer, OpenTicket, Origin, Priority, Relation, Visibility,
};
use docket_domain::ids::{CommentId, PersonId, TicketId, WorkId};
use docket_domain::stream::{Command, StreamId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, TicketCommand, TicketNumber};
use docket_history::{Asked, OperationId};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::others;
use super::random::{Random, fnv1a};
use crate::partition::command::Request;

/// Noon of a day; each run starts there.
pub(super) const START: Timestamp = Timestamp::constant(1_780_000_000, 0);

/// A logical operation: what is asked under one key.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) asked: Arc<Asked>,
    /// Tells commands of one key apart.
    pub(super) digest: u64,
    /// As a line of a bulk request, which waits for room and is never dropped.
    pub(super) bulk: bool,
}

impl Operation {
    pub(super) fn new(id: u128, asked: Asked) -> Self {
        Self {
            id: OperationId(Uuid::from_u128(id)),
            asked: Arc::new(asked),
            digest: 0,
            bulk: false,
        }
    }

    /// It as the partition's task gets it.
    pub(super) fn request(&self) -> Request {
        let asked = &self.asked;
        Request {
            stream: asked.stream,
            id: CommandId(*self.id.0.as_bytes()),
            digest: CommandDigest(self.digest.to_be_bytes()),
            actor: asked.actor,
            origin: asked.origin,
            occurred_at: asked.occurred_at,
            source_sequence: asked.source_sequence,
            expected_version: asked.expected_version,
            command: asked.command.clone(),
            traceparent: None,
        }
    }
}

pub(super) fn ticket(index: usize) -> TicketId {
    TicketId(Uuid::from_u128(0x71c_4e70 + index as u128))
}

pub(super) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

pub(super) const CUSTOMER: u128 = 900;

pub(super) fn actor(role: Role, number: u128) -> Actor {
    Actor {
        id: person(number),
        role,
    }
}

pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text")
}

/// A plain command of somebody who may ask it.
pub(super) fn asked(stream: StreamId, command: impl Into<Command>) -> Asked {
    let command = command.into();
    Asked {
        stream,
        actor: others::who(stream, &command),
        command,
        origin: Origin::Live,
        occurred_at: None,
        source_sequence: None,
        expected_version: None,
    }
}

/// A command that is always refused, with the stream's version: it shows where the stream stands.
pub(super) fn look(stream: StreamId, id: u128) -> Operation {
    let command: Command = match stream {
        StreamId::Ticket(_) => comment(id).into(),
        other => others::plain(other),
    };
    let asked = Asked {
        expected_version: Some(u32::MAX),
        ..asked(stream, command)
    };
    Operation::new(id, asked)
}

/// Any operation; `seen` is the version of its stream that the client knows.
pub(super) fn any(random: &mut Random, stream: StreamId, id: u128, seen: u32) -> Operation {
    let command = match stream {
        StreamId::Ticket(_) if seen == 0 && random.percent(80) => opening().into(),
        _ => command_to(stream, random, id),
    };
    let mut asked = asked(stream, command);
    match random.below(10) {
        0 => asked.actor = actor(Role::Customer, CUSTOMER),
        1 | 2 => asked.actor = actor(Role::Consultant, 10 + random.below(2) as u128),
        3 => {
            asked.actor = actor(Role::Importer, 2);
            asked.origin = Origin::Import;
            asked.occurred_at = Some(START - SignedDuration::from_hours(24 * 300));
            asked.source_sequence = Some(random.below(12) as u64);
        }
        4 => asked.actor = actor(Role::Service, 3),
        _ => {}
    }
    if random.percent(12) {
        asked.expected_version = Some(seen);
    }
    let mut operation = Operation::new(id, asked);
    operation.bulk = random.percent(15);
    operation
}

/// Another command under the same key.
pub(super) fn reuse(random: &mut Random, of: &Operation) -> Operation {
    loop {
        let another = command_to(of.asked.stream, random, of.id.0.as_u128() ^ 1 << 100);
        let another = asked(of.asked.stream, another);
        if another != *of.asked {
            return Operation {
                id: of.id,
                digest: fnv1a(format!("{another:?}").as_bytes()),
                asked: Arc::new(another),
                bulk: false,
            };
        }
    }
}

pub(super) fn opening() -> TicketCommand {
    TicketCommand::Open(Box::new(OpenTicket {
        number: TicketNumber::from_value(0),
        customer: Customer::Registered(person(CUSTOMER)),
        channel: Channel::Web,
        store: None,
        team: None,
        subject: Personal::Known(text("Printer on fire")),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::High,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }))
}

fn comment(id: u128) -> TicketCommand {
    TicketCommand::AddComment {
        comment: CommentId(Uuid::from_u128(id)),
        visibility: Visibility::Public,
        text: Personal::Known(text("Still burning")),
    }
}

pub(super) fn resolve() -> TicketCommand {
    TicketCommand::Resolve {
        code: text("replaced"),
        note: None,
    }
}

/// Until when it may be reopened is the task's to say.
pub(super) fn close() -> TicketCommand {
    TicketCommand::Close {
        reopen_until: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn cancel() -> TicketCommand {
    TicketCommand::Cancel {
        reason: text("so it is"),
    }
}

fn command_to(stream: StreamId, random: &mut Random, id: u128) -> Command {
    match stream {
        StreamId::Ticket(_) => command(random, id).into(),
        _ => others::any(stream, random),
    }
}

fn command(random: &mut Random, id: u128) -> TicketCommand {
    let reason = || text("so it is");
    match random.below(24) {
        0 => opening(),
        1..=4 => TicketCommand::Assign {
            consultant: person(10 + random.below(2) as u128),
            decision: None,
        },
        5 | 6 => TicketCommand::Accept,
        7 => TicketCommand::Decline { reason: reason() },
        8 => TicketCommand::Unassign { reason: reason() },
        9 => TicketCommand::Transfer {
            team: text(random.pick(&["north", "south"])),
            reason: None,
        },
        10 => TicketCommand::Hold {
            awaiting: random.pick(&[Awaiting::Parts, Awaiting::Customer]),
            note: None,
        },
        11 => TicketCommand::Resume,
        12..=14 => resolve(),
        15 | 16 => close(),
        17 | 18 => TicketCommand::Reopen { reason: reason() },
        19 => TicketCommand::Link {
            other: ticket(random.below(3)),
            relation: Relation::Related,
        },
        20 => TicketCommand::LogWork {
            work: WorkId(Uuid::from_u128(id)),
            minutes: 5,
            parts: Vec::new(),
        },
        21 => TicketCommand::Amend(Box::new(Amendment {
            priority: Some(random.pick(&[Priority::Low, Priority::Critical])),
            ..Amendment::default()
        })),
        22 if random.percent(30) => cancel(),
        _ => comment(id),
    }
}
