//! What can be asked of a ticket.

mod name;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::actor::Actor;
use crate::ids::{CommentId, PersonId, TicketId, WorkId};
use crate::routing::Recorded;
use crate::text::{Body, FieldValue, Label, Personal, Reason, Subject};
use crate::ticket_number::TicketNumber;

pub use name::CommandName;

/// All that comes with a command besides what it asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandContext {
    /// Who asks.
    pub actor: Actor,
    /// When the command is decided; becomes the record's time.
    pub now: Timestamp,
    /// When it happened in the business: `now`, unless an importer or a consultant who was offline
    /// says otherwise.
    pub occurred_at: Timestamp,
    /// Whether it happens now or is history from another system.
    pub origin: Origin,
    /// The command's place in the history of the system it comes from, rising per ticket. At or
    /// below the highest the ticket has seen, the command is already done.
    pub source_sequence: Option<u64>,
    /// The stream version the sender decided on; refused as stale if the ticket has another.
    pub expected_version: Option<u32>,
}

/// Where an event comes from: an import is never mailed about, surveyed or routed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// It happens now.
    Live,
    /// History of another system.
    Import,
}

/// A request to a ticket that may be refused.
#[derive(Clone, PartialEq, Debug)]
pub enum TicketCommand {
    /// A new ticket.
    Open(Box<OpenTicket>),
    /// Gives the ticket to a consultant; a manager may insist on one who declined.
    Assign {
        /// Who is to work it.
        consultant: PersonId,
        /// Why them: from a router, and from nobody else.
        decision: Option<Box<Recorded>>,
    },
    /// The assigned consultant takes it.
    Accept,
    /// The assigned consultant doesn't; the router won't offer it to them again.
    Decline {
        /// Why not.
        reason: Reason,
    },
    /// Takes it from its consultant; it waits for another.
    Unassign {
        /// Why.
        reason: Reason,
    },
    /// Moves it to another team, where it waits for a consultant.
    Transfer {
        /// The team it goes to.
        team: Label,
        /// Why.
        reason: Option<Reason>,
    },
    /// Work waits for somebody or something.
    Hold {
        /// For whom or what.
        awaiting: Awaiting,
        /// In words.
        note: Option<Personal<Body>>,
    },
    /// Work goes on where it was.
    Resume,
    /// The problem is solved.
    Resolve {
        /// How, from the catalogue.
        code: Label,
        /// How, in words.
        note: Option<Personal<Body>>,
    },
    /// Nothing more is to be done.
    Close {
        /// Until when it may be reopened; fixed by the command API's configuration.
        reopen_until: Timestamp,
    },
    /// The problem came back.
    Reopen {
        /// Why.
        reason: Reason,
    },
    /// It is not to be solved.
    Cancel {
        /// Why not.
        reason: Reason,
    },
    /// Corrects what the ticket says.
    Amend(Box<Amendment>),
    /// Says something about it.
    AddComment {
        /// The comment's own id.
        comment: CommentId,
        /// Who may read it.
        visibility: Visibility,
        /// The comment.
        text: Personal<Body>,
    },
    /// Says that it has to do with another ticket.
    Link {
        /// The other ticket.
        other: TicketId,
        /// What it has to do with it.
        relation: Relation,
    },
    /// The consultant sets out.
    StartTravel,
    /// The consultant is there.
    Arrive,
    /// Time and parts spent.
    LogWork {
        /// The entry's own id.
        work: WorkId,
        /// Minutes worked.
        minutes: u32,
        /// Parts used.
        parts: Vec<Part>,
    },
}

/// What a new ticket says.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenTicket {
    /// The number people read out on the phone; taken from the partition's count by whoever
    /// decides, so it is unique because the append is.
    pub number: TicketNumber,
    /// Whose problem it is.
    pub customer: Customer,
    /// By which way it came.
    pub channel: Channel,
    /// The store it concerns or was brought to.
    pub store: Option<Label>,
    /// The team that is to work it.
    pub team: Option<Label>,
    /// In one line.
    pub subject: Personal<Subject>,
    /// At length.
    pub description: Option<Personal<Body>>,
    /// From the catalogue.
    pub category: Option<Label>,
    /// What a consultant must know.
    pub skills: Vec<Label>,
    /// How soon.
    pub priority: Priority,
    /// Where.
    pub place: Option<Personal<Place>>,
    /// The customer's language, as a BCP 47 tag.
    pub language: Option<Label>,
    /// Whatever else a deployment wants to know; at most [`FIELDS_MAX`].
    pub fields: BTreeMap<Label, FieldValue>,
}

/// The most free fields a ticket may carry.
pub const FIELDS_MAX: usize = 50;
/// The most skills a ticket may ask for.
pub const SKILLS_MAX: usize = 20;
/// The most parts in one entry of logged work.
pub const PARTS_MAX: usize = 50;
/// The most comments and entries of work a ticket takes: their ids are kept to know a repeat.
pub const ENTRIES_MAX: usize = 2_000;
/// The most links a ticket takes.
pub const LINKS_MAX: usize = 200;

/// Whose ticket it is.
#[derive(Clone, PartialEq, Debug)]
pub enum Customer {
    /// Somebody with an account.
    Registered(PersonId),
    /// Somebody on the phone.
    Unregistered(Personal<Caller>),
}

/// How to reach somebody without an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// As given.
    pub name: Label,
    /// As given.
    pub phone: Option<Label>,
    /// As given.
    pub email: Option<Label>,
}

/// The way a ticket came in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Channel {
    /// The customer's own browser or app.
    Web,
    /// A receptionist took the call.
    Phone,
    /// Over the counter.
    Store,
    /// A letter or an e-mail.
    Mail,
    /// Another system.
    Api,
    /// History of another system.
    Import,
}

/// How soon somebody must look at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Priority {
    /// Whenever.
    Low,
    /// The usual.
    Moderate,
    /// Soon.
    High,
    /// Now.
    Critical,
}

/// Where the work is.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// As one would write it on a letter.
    pub address: Option<Reason>,
    /// On the map.
    pub point: Option<Point>,
}

/// A point on the WGS 84 ellipsoid.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    latitude: f64,
    longitude: f64,
}

impl Point {
    /// Degrees north within ±90 and east within ±180; `None` outside (or for NaN).
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        ((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude)).then_some(
            Self {
                latitude,
                longitude,
            },
        )
    }

    /// Degrees north, −90 to 90.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east, −180 to 180.
    pub fn longitude(self) -> f64 {
        self.longitude
    }
}

/// What work waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Awaiting {
    /// An answer of the customer.
    Customer,
    /// Another company.
    Vendor,
    /// Spare parts.
    Parts,
    /// Logs, pictures, a recurrence.
    Evidence,
    /// Something else.
    Other,
}

/// Who may read a comment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Visibility {
    /// The customer too.
    Public,
    /// Staff only.
    Internal,
}

/// What one ticket has to do with another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Relation {
    /// Has to do with it.
    Related,
    /// Is the same problem.
    Duplicates,
    /// Is a part of it.
    ChildOf,
    /// Was caused by it.
    CausedBy,
}

/// A part used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What, as the warehouse calls it.
    pub name: Label,
    /// How many.
    pub quantity: u32,
}

/// New values for what a ticket says; `None` leaves it as it is, `Some(None)` takes it away.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Amendment {
    /// See [`OpenTicket::subject`].
    pub subject: Option<Personal<Subject>>,
    /// See [`OpenTicket::description`].
    pub description: Option<Option<Personal<Body>>>,
    /// See [`OpenTicket::category`].
    pub category: Option<Option<Label>>,
    /// See [`OpenTicket::skills`]; the whole new list.
    pub skills: Option<Vec<Label>>,
    /// See [`OpenTicket::priority`].
    pub priority: Option<Priority>,
    /// See [`OpenTicket::place`].
    pub place: Option<Option<Personal<Place>>>,
    /// See [`OpenTicket::fields`]; only the named ones change, `None` takes one away.
    pub fields: BTreeMap<Label, Option<FieldValue>>,
}
