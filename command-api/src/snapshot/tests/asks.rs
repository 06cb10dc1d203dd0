//! Commands in as few words as possible.

use std::num::NonZeroU32;

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::command::{
    Amendment, Awaiting, Channel, Customer, OpenTicket, Origin, Place, Point, Priority, Relation,
    Visibility,
};
use docket_domain::consultant::{
    Availability, AvailabilityChange, ConsultantCommand, Hours, Level, Profile, ProfileChange,
    Shift, ZoneName,
};
use docket_domain::customer::{
    CustomerCommand, Email, NotificationChannel, Phone, Preferences, PreferencesChange,
    Registration,
};
use docket_domain::ids::{CommentId, PersonId, SurveyId, TicketId, WorkId};
use docket_domain::stream::{Command, StreamId};
use docket_domain::survey::{AskedBy, Invitation, Score, SurveyCommand};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, TicketCommand, TicketNumber};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::Timestamp;
use jiff::civil::{Weekday, date, time};
use uuid::Uuid;

use crate::partition::command::Request;

const MANAGER: PersonId = PersonId(Uuid::from_u128(0xA));
const ANN: PersonId = PersonId(Uuid::from_u128(0xB));

pub(super) fn ticket(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

/// A command of a manager; `n` is its id.
pub(super) fn ask(n: u16, ticket: TicketId, command: TicketCommand) -> Request {
    ask_of(n, StreamId::Ticket(ticket), command)
}

/// The same, to any stream.
pub(super) fn ask_of(n: u16, stream: StreamId, command: impl Into<Command>) -> Request {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    Request {
        stream,
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
        command: command.into(),
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

pub(super) fn consultant(n: u128) -> StreamId {
    StreamId::Consultant(PersonId(Uuid::from_u128(n)))
}

pub(super) fn customer(n: u128) -> StreamId {
    StreamId::Customer(PersonId(Uuid::from_u128(n)))
}

/// A consultant who has everything that one can have.
pub(super) fn profile(capacity: u32) -> ConsultantCommand {
    ConsultantCommand::Register(Box::new(Profile {
        name: Personal::Known(text("Ann")),
        team: Some(text("north")),
        skills: [(text("ink"), Level::MAX), (text("paper"), Level::MIN)].into(),
        areas: [text("Berlin")].into(),
        travel_km_max: Some(40),
        languages: [text("de"), text("en")].into(),
        capacity,
    }))
}

pub(super) fn capacity(capacity: u32) -> ConsultantCommand {
    ConsultantCommand::ChangeProfile(Box::new(ProfileChange {
        capacity: Some(capacity),
        ..ProfileChange::default()
    }))
}

/// A night shift that ends on the next day.
pub(super) fn hours() -> ConsultantCommand {
    let shift = Shift::new(Weekday::Sunday, time(22, 0, 0, 0), time(6, 30, 0, 0));
    ConsultantCommand::ChangeAvailability(Box::new(AvailabilityChange {
        availability: Some(Availability::Busy),
        hours: Some(Some(Hours {
            zone: ZoneName::new("Europe/Berlin").expect("a name"),
            shifts: shift.into_iter().collect(),
        })),
    }))
}

pub(super) fn place() -> ConsultantCommand {
    ConsultantCommand::ChangePlace {
        place: Some(Personal::Known(somewhere())),
    }
}

fn somewhere() -> Place {
    Place {
        address: Some(text("Main Street 1")),
        point: Point::new(52.5, 13.4),
    }
}

pub(super) fn registration() -> CustomerCommand {
    CustomerCommand::Register(Box::new(Registration {
        name: Personal::Known(text("Carla")),
        phone: Phone::new("+49 30 1234567").ok().map(Personal::Known),
        email: Email::new("carla@example.com").ok().map(Personal::Known),
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(text("de")),
            consultant: Some(ANN),
            surveys: true,
        },
    }))
}

pub(super) fn no_surveys() -> CustomerCommand {
    CustomerCommand::ChangePreferences(PreferencesChange {
        surveys: Some(false),
        ..PreferencesChange::default()
    })
}

pub(super) fn survey(n: u128, closing: u32) -> SurveyId {
    SurveyId {
        ticket: ticket(n),
        closing: NonZeroU32::new(closing).expect("a closing"),
    }
}

/// A service asks; until the middle of January.
pub(super) fn invite(n: u16, survey: SurveyId) -> Request {
    let invitation = Invitation {
        customer: Some(MANAGER),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(ANN),
        team: Some(text("north")),
        category: Some(text("printer")),
        store: Some(text("Main Street")),
        area: Some(text("Berlin")),
        expires_at: "2026-01-15T10:00:00Z".parse().expect("a time"),
    };
    let command = SurveyCommand::Invite(Box::new(invitation));
    let mut request = ask_of(n, StreamId::Survey(survey), command);
    request.actor.role = Role::Service;
    request
}

/// Whoever has the link answers.
pub(super) fn answer(n: u16, survey: SurveyId, score: u32) -> Request {
    let command = SurveyCommand::Answer {
        score: Score::new(score).expect("a score"),
        text: Some(Personal::Known(text("Quick"))),
    };
    let mut request = ask_of(n, StreamId::Survey(survey), command);
    request.actor = Actor {
        id: survey.respondent(),
        role: Role::Customer,
    };
    request
}

/// One entry of each kind.
pub(super) fn entries() -> [CatalogueCommand; 5] {
    let put = |entry| CatalogueCommand::Put(Box::new(entry));
    [
        put(Entry::Category {
            name: text("printer"),
            skills: [text("ink"), text("paper")].into(),
        }),
        put(Entry::Skill { name: text("ink") }),
        put(Entry::Store {
            name: text("Main Street"),
            place: Some(somewhere()),
            area: Some(text("Berlin")),
        }),
        put(Entry::Area {
            name: text("Berlin"),
        }),
        put(Entry::Holiday {
            date: date(2026, 12, 25),
            area: None,
            name: text("Christmas"),
        }),
    ]
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
