//! People, samples of commands, and tickets in each status, each built on the one before.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Awaiting, Channel, Customer, OpenTicket, Part, Priority, Relation, Visibility,
};
use docket_domain::ids::{CommentId, PersonId, RouterId, TicketId, WorkId};
use docket_domain::routing::{
    Basis, Decision, Exclusions, Outcome, Parts, Recorded, Rules, Scored,
};
use docket_domain::text::{Label, Personal, Reason, Subject, Text};
use docket_domain::{
    Actor, CommandName, Role, StatusName, TicketCommand, TicketEvent, TicketNumber, Timestamp,
};
use uuid::Uuid;

pub(crate) const TICKET: TicketId = TicketId(Uuid::from_u128(0x71C));
pub(crate) const OTHER_TICKET: TicketId = TicketId(Uuid::from_u128(0x71D));

pub(crate) const ANNA: PersonId = person(1);
pub(crate) const BERT: PersonId = person(2);
pub(crate) const CARLA: PersonId = person(3);

/// The customer.
pub(crate) const CUSTOMER: Actor = actor(CARLA, Role::Customer);
/// Who has the ticket once it is assigned.
pub(crate) const CONSULTANT: Actor = actor(ANNA, Role::Consultant);
/// Works in the store where the ticket was opened.
pub(crate) const REPORTER: Actor = actor(person(4), Role::StoreStaff);
pub(crate) const MANAGER: Actor = actor(person(5), Role::Manager);
pub(crate) const ROUTER: Actor = actor(person(6), Role::Service);
pub(crate) const IMPORTER: Actor = actor(person(7), Role::Importer);

/// 2026-03-02T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::constant(1_772_452_800, 0);

const fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

const fn actor(id: PersonId, role: Role) -> Actor {
    Actor { id, role }
}

/// Somebody in that role who has nothing to do with the ticket.
pub(crate) const fn stranger(role: Role) -> Actor {
    actor(person(99), role)
}

pub(crate) fn hours(n: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(n)
}

pub(crate) fn reopen_until() -> Timestamp {
    NOON + hours(14 * 24)
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn comment(n: u128) -> CommentId {
    CommentId(Uuid::from_u128(0xC000 + n))
}

pub(crate) fn work(n: u128) -> WorkId {
    WorkId(Uuid::from_u128(0xF000 + n))
}

pub(crate) fn reason() -> Reason {
    text("Because")
}

pub(crate) fn open_ticket() -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(71, 8, 4),
        customer: Customer::Registered(CARLA),
        channel: Channel::Web,
        store: None,
        team: Some(text("Field north")),
        subject: Personal::Known(text("Printer on fire")),
        description: Some(Personal::Known(text("It smokes."))),
        category: Some(text("printers")),
        skills: vec![text("printers")],
        priority: Priority::Moderate,
        place: None,
        language: Some(text("de")),
        fields: BTreeMap::from([(text("floor"), text("3"))]),
    }
}

pub(crate) fn new_subject(subject: &str) -> Amendment {
    Amendment {
        subject: Some(Personal::Known(Subject::new(subject).unwrap())),
        ..Amendment::default()
    }
}

pub(crate) fn assign(consultant: PersonId) -> TicketCommand {
    TicketCommand::Assign {
        consultant,
        decision: None,
    }
}

/// By hand: without a router's decision.
pub(crate) fn assigned(consultant: PersonId) -> TicketEvent {
    TicketEvent::Assigned {
        consultant,
        decision: None,
    }
}

pub(crate) fn hold(awaiting: Awaiting) -> TicketCommand {
    TicketCommand::Hold {
        awaiting,
        note: None,
    }
}

pub(crate) fn resolve(code: &str) -> TicketCommand {
    TicketCommand::Resolve {
        code: text(code),
        note: None,
    }
}

pub(crate) fn transfer(team: &str) -> TicketCommand {
    TicketCommand::Transfer {
        team: text::<100>(team),
        reason: None,
    }
}

/// A command of that name that asks for something new, whatever the status.
pub(crate) fn sample(command: CommandName) -> TicketCommand {
    match command {
        CommandName::Open => TicketCommand::Open(Box::new(open_ticket())),
        CommandName::Assign => assign(BERT),
        CommandName::Accept => TicketCommand::Accept,
        CommandName::Decline => TicketCommand::Decline { reason: reason() },
        CommandName::Unassign => TicketCommand::Unassign { reason: reason() },
        CommandName::Transfer => transfer("Field south"),
        CommandName::Hold => hold(Awaiting::Parts),
        CommandName::Resume => TicketCommand::Resume,
        CommandName::Resolve => resolve("no_fault_found"),
        CommandName::Close => TicketCommand::Close {
            reopen_until: reopen_until(),
        },
        CommandName::Reopen => TicketCommand::Reopen { reason: reason() },
        CommandName::Cancel => TicketCommand::Cancel { reason: reason() },
        CommandName::Amend => TicketCommand::Amend(Box::new(new_subject("Printer smokes"))),
        CommandName::AddComment => TicketCommand::AddComment {
            comment: comment(1),
            visibility: Visibility::Public,
            text: Personal::Known(text("Any news?")),
        },
        CommandName::Link => TicketCommand::Link {
            other: OTHER_TICKET,
            relation: Relation::Related,
        },
        CommandName::StartTravel => TicketCommand::StartTravel,
        CommandName::Arrive => TicketCommand::Arrive,
        CommandName::LogWork => TicketCommand::LogWork {
            work: work(1),
            minutes: 30,
            parts: vec![Part {
                name: text::<100>("fuser"),
                quantity: 1,
            }],
        },
    }
}

type History = Vec<TicketEvent>;

pub(crate) fn and_then(mut history: History, event: TicketEvent) -> History {
    history.push(event);
    history
}

pub(crate) fn opened_ticket() -> History {
    vec![TicketEvent::Opened(Box::new(open_ticket()))]
}

/// To Anna.
pub(crate) fn assigned_ticket() -> History {
    and_then(opened_ticket(), assigned(ANNA))
}

/// By Anna; nobody has it now.
pub(crate) fn declined_ticket() -> History {
    and_then(
        assigned_ticket(),
        TicketEvent::Declined {
            consultant: ANNA,
            reason: reason(),
        },
    )
}

/// By Anna.
pub(crate) fn accepted_ticket() -> History {
    and_then(
        assigned_ticket(),
        TicketEvent::Accepted { consultant: ANNA },
    )
}

/// Waits for the customer; Anna was at it.
pub(crate) fn held_ticket() -> History {
    and_then(accepted_ticket(), held())
}

pub(crate) fn held() -> TicketEvent {
    TicketEvent::Held {
        awaiting: Awaiting::Customer,
        note: None,
    }
}

pub(crate) fn resolved() -> TicketEvent {
    TicketEvent::Resolved {
        code: Label::new("replaced").unwrap(),
        note: None,
    }
}

/// By Anna.
pub(crate) fn resolved_ticket() -> History {
    and_then(accepted_ticket(), resolved())
}

pub(crate) fn closed_ticket() -> History {
    and_then(
        resolved_ticket(),
        TicketEvent::Closed {
            reopen_until: reopen_until(),
        },
    )
}

pub(crate) fn cancelled_ticket() -> History {
    and_then(opened_ticket(), TicketEvent::Cancelled { reason: reason() })
}

pub(crate) fn ticket_that_is(status: StatusName) -> History {
    match status {
        StatusName::Open => opened_ticket(),
        StatusName::Assigned => assigned_ticket(),
        StatusName::InProgress => accepted_ticket(),
        StatusName::OnHold => held_ticket(),
        StatusName::Resolved => resolved_ticket(),
        StatusName::Closed => closed_ticket(),
        StatusName::Cancelled => cancelled_ticket(),
    }
}

/// A router's decision for Anna, the only consultant there is.
pub(crate) fn recorded() -> Recorded {
    let basis = Basis {
        at: NOON,
        rules: Rules::default(),
        positions: vec![7, 9],
        reserved: vec![],
    };
    let scored = Scored {
        consultant: ANNA,
        total: 200_000,
        parts: Parts {
            load: 200_000,
            ..Parts::default()
        },
        distance_m: None,
        last_assigned_at: None,
    };
    let decision = Decision {
        ticket: TICKET,
        basis,
        considered: 1,
        excluded: Exclusions::default(),
        best: vec![scored],
        outcome: Outcome::Assign { consultant: ANNA },
    };
    Recorded::new(decision, RouterId(Uuid::from_u128(8)), 1, 3).unwrap()
}
