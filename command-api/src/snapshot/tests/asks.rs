//! Commands in as few words as possible.

use docket_domain::command::{
    Amendment, Awaiting, Channel, Customer, OpenTicket, Origin, Priority, Relation, Visibility,
};
use docket_domain::ids::{CommentId, PersonId, TicketId, WorkId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, TicketCommand, TicketNumber};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::partition::command::Request;

const MANAGER: PersonId = PersonId(Uuid::from_u128(0xA));
const ANN: PersonId = PersonId(Uuid::from_u128(0xB));

pub(super) fn ticket(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

/// A command of a manager; `n` is its id.
pub(super) fn ask(n: u16, ticket: TicketId, command: TicketCommand) -> Request {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    Request {
        ticket,
        id: CommandId(id),
        digest: CommandDigest([3; 8]),
        actor: Actor {
            id: MANAGER,
            role: Role::Manager,
        },
        origin: Origin::Live,
        occurred_at: None,
        source_sequence: None,
        expected_version: None,
        command,
        traceparent: None,
    }
}

/// The same, by the consultant.
pub(super) fn by_ann(mut request: Request) -> Request {
    request.actor = Actor {
        id: ANN,
        role: Role::Consultant,
    };
    request
}

/// The same, as a line of an import.
pub(super) fn line(mut request: Request, source_sequence: u64) -> Request {
    request.actor.role = Role::Importer;
    request.origin = Origin::Import;
    request.source_sequence = Some(source_sequence);
    request
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text")
}

pub(super) fn open() -> TicketCommand {
    TicketCommand::Open(Box::new(OpenTicket {
        number: TicketNumber::new(0, 1, 0),
        customer: Customer::Registered(ANN),
        channel: Channel::Phone,
        store: Some(text("Berlin")),
        team: Some(text("north")),
        subject: Personal::Known(text("Till 3")),
        description: Some(Personal::Known(text("It prints nothing"))),
        category: Some(text("printer")),
        skills: vec![text("paper"), text("ink")],
        priority: Priority::High,
        place: None,
        language: None,
        fields: [(text("till"), text("3"))].into(),
    }))
}

pub(super) fn assign() -> TicketCommand {
    TicketCommand::Assign {
        consultant: ANN,
        decision: None,
    }
}

pub(super) fn resolve() -> TicketCommand {
    TicketCommand::Resolve {
        code: text("fixed"),
        note: None,
    }
}

/// Until when it may be reopened is filled in.
pub(super) fn close() -> TicketCommand {
    TicketCommand::Close {
        reopen_until: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn reopen() -> TicketCommand {
    TicketCommand::Reopen {
        reason: text("again"),
    }
}

pub(super) fn cancel() -> TicketCommand {
    TicketCommand::Cancel {
        reason: text("no more"),
    }
}

pub(super) fn decline() -> TicketCommand {
    TicketCommand::Decline {
        reason: text("too far"),
    }
}

pub(super) fn hold() -> TicketCommand {
    TicketCommand::Hold {
        awaiting: Awaiting::Parts,
        note: None,
    }
}

pub(super) fn amend(subject: &str) -> TicketCommand {
    TicketCommand::Amend(Box::new(Amendment {
        subject: Some(Personal::Known(text(subject))),
        ..Amendment::default()
    }))
}

pub(super) fn comment(n: u128) -> TicketCommand {
    TicketCommand::AddComment {
        comment: CommentId(Uuid::from_u128(n)),
        visibility: Visibility::Public,
        text: Personal::Known(text("Hello")),
    }
}

/// More than a record takes, once its quotation marks are escaped.
pub(super) fn too_large() -> TicketCommand {
    let fields = (0..40).map(|n| (text(&format!("field {n}")), Some(text(&"\"".repeat(1_000)))));
    TicketCommand::Amend(Box::new(Amendment {
        fields: fields.collect(),
        ..Amendment::default()
    }))
}

pub(super) fn link(other: TicketId) -> TicketCommand {
    TicketCommand::Link {
        other,
        relation: Relation::CausedBy,
    }
}

pub(super) fn work(n: u128) -> TicketCommand {
    TicketCommand::LogWork {
        work: WorkId(Uuid::from_u128(n)),
        minutes: 5,
        parts: Vec::new(),
    }
}
