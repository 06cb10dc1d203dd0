//! What the load asks, in HTTP's words and in the domain's: the one is sent, the other is what the
//! history is checked with.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Awaiting, Caller, Channel, Customer, OpenTicket, Priority, Visibility,
};
use docket_domain::ids::{CommentId, PersonId};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, Role, TicketCommand, TicketNumber, Timestamp};
use docket_service::auth::Role as TokenRole;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::random::Random;

/// Somebody who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Person {
    /// The token's subject.
    pub subject: &'static str,
    /// The token's role.
    pub role: TokenRole,
}

const fn person(subject: &'static str, role: TokenRole) -> Person {
    Person { subject, role }
}

/// May do everything.
pub const MIA: Person = person("mia", TokenRole::Manager);
const ROUTER: Person = person("router", TokenRole::Service);
const RITA: Person = person("rita", TokenRole::Receptionist);
const CARL: Person = person("carl", TokenRole::Consultant);
const DORA: Person = person("dora", TokenRole::Consultant);

/// Everybody there is.
pub const PEOPLE: &[Person] = &[MIA, ROUTER, RITA, CARL, DORA];
const CONSULTANTS: &[Person] = &[CARL, DORA];

/// What is asked of a ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the domain documents them")]
pub enum What {
    Open,
    Assign(Person),
    Accept,
    Decline,
    Unassign,
    Hold(&'static str),
    Resume,
    Resolve(&'static str),
    Close,
    Reopen,
    Cancel,
    Amend(&'static str),
    Comment(u64),
}

/// A command of one client, with its key: whoever repeats it repeats all of this.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The ticket.
    pub ticket: Uuid,
    /// Who asks.
    pub person: Person,
    /// The idempotency key.
    pub key: String,
    /// The version it was decided on, if the client says so.
    pub if_match: Option<u32>,
    /// What for.
    pub what: What,
}

const AWAITING: [&str; 2] = ["parts", "customer"];
const CODES: [&str; 2] = ["fixed", "no-fault"];
const PRIORITIES: [&str; 3] = ["low", "moderate", "critical"];

impl What {
    /// Something at random: a good part of it refused or already so, whatever the ticket's status.
    pub fn random(random: &mut Random, unique: u64) -> (Person, Self) {
        let manager = random.of(&[MIA, MIA, RITA]);
        let consultant = random.of(CONSULTANTS);
        match random.below(100) {
            0..20 => (random.of(&[MIA, ROUTER]), Self::Assign(consultant)),
            20..34 => (consultant, Self::Accept),
            34..40 => (consultant, Self::Decline),
            40..43 => (MIA, Self::Unassign),
            43..52 => (manager, Self::Hold(random.of(&AWAITING))),
            52..63 => (manager, Self::Resume),
            63..69 => (consultant, Self::Resolve(random.of(&CODES))),
            69..73 => (manager, Self::Close),
            73..82 => (manager, Self::Reopen),
            82..90 => (manager, Self::Amend(random.of(&PRIORITIES))),
            90 if random.percent(20) => (MIA, Self::Cancel),
            _ => (random.of(PEOPLE), Self::Comment(unique)),
        }
    }
}

impl Ask {
    /// Where it is posted.
    pub fn path(&self) -> String {
        match self.what {
            What::Open => "/v1/tickets".to_owned(),
            _ => format!("/v1/tickets/{}/{}", self.ticket, self.word()),
        }
    }

    /// Whether it opens its ticket.
    pub fn opens(&self) -> bool {
        self.what == What::Open
    }

    /// The command in one word, as paths and bulk lines have it.
    pub fn word(&self) -> &'static str {
        match self.what {
            What::Open => "open",
            What::Assign(_) => "assign",
            What::Accept => "accept",
            What::Decline => "decline",
            What::Unassign => "unassign",
            What::Hold(_) => "hold",
            What::Resume => "resume",
            What::Resolve(_) => "resolve",
            What::Close => "close",
            What::Reopen => "reopen",
            What::Cancel => "cancel",
            What::Amend(_) => "amend",
            What::Comment(_) => "comments",
        }
    }

    /// The body; `id` names a person.
    pub fn body(&self, id: impl Fn(Person) -> Uuid) -> Value {
        match &self.what {
            What::Open => json!({
                "caller": {"name": "Kim"}, "channel": "phone", "subject": "Till 3 prints nothing",
            }),
            What::Assign(consultant) => json!({"consultant": id(*consultant)}),
            What::Accept | What::Resume | What::Close => json!({}),
            What::Decline | What::Unassign | What::Reopen | What::Cancel => {
                json!({"reason": REASON})
            }
            What::Hold(awaiting) => json!({"awaiting": awaiting}),
            What::Resolve(code) => json!({"code": code}),
            What::Amend(priority) => json!({"priority": priority}),
            What::Comment(n) => json!({"text": format!("Comment {n}"), "visibility": "internal"}),
        }
    }

    /// Who asks, for the domain.
    pub fn actor(&self, id: impl Fn(Person) -> Uuid) -> Actor {
        Actor {
            id: PersonId(id(self.person)),
            role: Role::parse(self.person.role.as_str()).unwrap_or(Role::Customer),
        }
    }

    /// The command, for the domain. What only the server knows (a ticket's number, a comment's id,
    /// the end of the reopening window) has a value here that decides the same.
    pub fn command(&self, id: impl Fn(Person) -> Uuid) -> TicketCommand {
        match &self.what {
            What::Open => TicketCommand::Open(Box::new(opening())),
            What::Assign(consultant) => TicketCommand::Assign {
                consultant: PersonId(id(*consultant)),
                decision: None,
            },
            What::Accept => TicketCommand::Accept,
            What::Decline => TicketCommand::Decline {
                reason: text(REASON),
            },
            What::Unassign => TicketCommand::Unassign {
                reason: text(REASON),
            },
            What::Hold(awaiting) => TicketCommand::Hold {
                awaiting: match *awaiting {
                    "parts" => Awaiting::Parts,
                    _ => Awaiting::Customer,
                },
                note: None,
            },
            What::Resume => TicketCommand::Resume,
            What::Resolve(code) => TicketCommand::Resolve {
                code: text(code),
                note: None,
            },
            What::Close => TicketCommand::Close {
                reopen_until: Timestamp::MAX,
            },
            What::Reopen => TicketCommand::Reopen {
                reason: text(REASON),
            },
            What::Cancel => TicketCommand::Cancel {
                reason: text(REASON),
            },
            What::Amend(priority) => TicketCommand::Amend(Box::new(Amendment {
                priority: Some(match *priority {
                    "low" => Priority::Low,
                    "critical" => Priority::Critical,
                    _ => Priority::Moderate,
                }),
                ..Amendment::default()
            })),
            What::Comment(n) => TicketCommand::AddComment {
                comment: CommentId(Uuid::new_v5(&self.ticket, self.key.as_bytes())),
                visibility: Visibility::Internal,
                text: Personal::Known(text(&format!("Comment {n}"))),
            },
        }
    }
}

const REASON: &str = "It is so";

fn opening() -> OpenTicket {
    OpenTicket {
        number: TicketNumber::new(0, 1, 0),
        customer: Customer::Unregistered(Personal::Known(Caller {
            name: text("Kim"),
            phone: None,
            email: None,
        })),
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(text("Till 3 prints nothing")),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: None,
        fields: BTreeMap::new(),
    }
}

/// Ours are all short and plain.
fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap_or_else(|invalid| unreachable!("{text:?} {invalid}"))
}
