//! How state looks in a snapshot file: a mirror of what is in memory, apart from it, so that the
//! domain stays free of formats and a change there doesn't compile here until somebody has thought
//! about the files that lie around.
//!
//! Guarantee: what is read is what was written, or an error. Whoever changes these rows, or what
//! `fold` makes of a record, raises [`FORMAT`](super::file::FORMAT); the golden bytes in the tests
//! fail otherwise.

use docket_domain::command::{Awaiting, Priority, Relation};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::Label;
use docket_domain::ticket::{Assignment, Content, Digest, Status, TicketState, Visit};
use docket_domain::{Rejection, StatusName, Ticket, TicketNumber};
use docket_event_log::{Cursor, Incarnation};
use docket_schemas::attributes::{CommandDigest, CommandId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::partition::outcomes::{FirstResult, Outcome, Outcomes};

type Id = [u8; 16];

/// What a file says of itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// How many partitions the log has.
    pub(super) partitions: u16,
    /// Up to where the log is folded into it.
    pub(super) cursor: Cursor,
    /// All incarnations the log has been through up to there, the cursor's last.
    pub(super) incarnations: Vec<Incarnation>,
    /// Tickets ever opened in the partition.
    pub(super) opened: u64,
    /// The partition's owner: their id, and where they are reached.
    pub(super) owner: Option<(Id, Box<str>)>,
    /// Streams in the hot part.
    pub(super) hot: u64,
    /// Tickets in the cold part.
    pub(super) cold: u64,
}

/// One frame of the hot part.
#[derive(Serialize, Deserialize)]
pub(super) enum HotRow {
    /// Some of the queue of ended streams, in order.
    Ended(Vec<(i64, Id)>),
    /// A stream.
    Stream {
        id: Id,
        ticket: Option<Box<TicketRow>>,
        outcomes: Vec<OutcomeRow>,
    },
}

/// What can't be put into a snapshot, or not taken out of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Odd {
    /// It was read by a version that doesn't understand it; one that does must read it itself.
    #[error("something of a newer version")]
    Newer,
    /// Nothing of ours.
    #[error("no such state")]
    Malformed,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TicketRow {
    version: u32,
    number: u64,
    reporter: Id,
    customer: Option<Id>,
    team: Option<Box<str>>,
    status: StatusRow,
    declined: Vec<Id>,
    reopen_count: u32,
    source_sequence: Option<u64>,
    as_of: i128,
    visit: VisitRow,
    links: Vec<(Id, RelationRow)>,
    entries: Vec<Id>,
    subject: u64,
    description: Option<u64>,
    category: Option<Box<str>>,
    skills: Vec<Box<str>>,
    priority: PriorityRow,
    place: Option<u64>,
    fields: Vec<(Box<str>, u64)>,
}

#[derive(Serialize, Deserialize)]
enum StatusRow {
    Open,
    Assigned(Id),
    InProgress(Id),
    OnHold(AwaitingRow, AssignmentRow),
    Resolved(Box<str>, Option<Id>),
    Closed(Box<str>, Option<Id>, i128),
    Cancelled,
}

#[derive(Serialize, Deserialize)]
enum AssignmentRow {
    Nobody,
    Assigned(Id),
    InProgress(Id),
}

#[derive(Serialize, Deserialize)]
pub(super) struct OutcomeRow {
    id: Id,
    digest: [u8; 8],
    at: i64,
    sequence: u64,
    version: u32,
    result: ResultRow,
}

#[derive(Serialize, Deserialize)]
enum ResultRow {
    Applied(StatusNameRow),
    Unchanged(Option<StatusNameRow>),
    /// As it stands in a barrier, whose form never changes.
    Rejected(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
struct Refusal(#[serde(with = "docket_schemas::rejection")] Rejection);

macro_rules! words {
    ($($row:ident = $domain:path { $($word:ident),+ })+) => {
        $(
            #[derive(Clone, Copy, Serialize, Deserialize)]
            enum $row { $($word),+ }

            impl From<$domain> for $row {
                fn from(word: $domain) -> Self {
                    type Domain = $domain;
                    match word { $(Domain::$word => Self::$word),+ }
                }
            }

            impl From<$row> for $domain {
                fn from(word: $row) -> Self {
                    match word { $($row::$word => Self::$word),+ }
                }
            }
        )+
    };
}

words! {
    PriorityRow = Priority { Low, Moderate, High, Critical }
    AwaitingRow = Awaiting { Customer, Vendor, Parts, Evidence, Other }
    RelationRow = Relation { Related, Duplicates, ChildOf, CausedBy }
    VisitRow = Visit { None, Travelling, Arrived }
    StatusNameRow = StatusName { Open, Assigned, InProgress, OnHold, Resolved, Closed, Cancelled }
}

impl From<&TicketState> for TicketRow {
    fn from(state: &TicketState) -> Self {
        // Every field by name: a new one must be put somewhere.
        let TicketState {
            version,
            number,
            reporter,
            customer,
            team,
            status,
            declined,
            reopen_count,
            source_sequence,
            as_of,
            visit,
            links,
            entries,
            content,
        } = state;
        let Content {
            subject,
            description,
            category,
            skills,
            priority,
            place,
            fields,
        } = content;
        Self {
            version: *version,
            number: number.value(),
            reporter: person_id(*reporter),
            customer: customer.map(person_id),
            team: team.as_ref().map(text),
            status: StatusRow::from(status),
            declined: declined.iter().copied().map(person_id).collect(),
            reopen_count: *reopen_count,
            source_sequence: *source_sequence,
            as_of: as_of.as_nanosecond(),
            visit: (*visit).into(),
            links: links
                .iter()
                .map(|(other, relation)| (other.0.into_bytes(), (*relation).into()))
                .collect(),
            entries: entries.iter().map(|entry| entry.into_bytes()).collect(),
            subject: subject.0,
            description: description.map(|digest| digest.0),
            category: category.as_ref().map(text),
            skills: skills.iter().map(text).collect(),
            priority: (*priority).into(),
            place: place.map(|digest| digest.0),
            fields: fields
                .iter()
                .map(|(name, value)| (text(name), value.0))
                .collect(),
        }
    }
}

impl TryFrom<TicketRow> for Ticket {
    type Error = Odd;

    fn try_from(row: TicketRow) -> Result<Self, Odd> {
        let content = Content {
            subject: Digest(row.subject),
            description: row.description.map(Digest),
            category: row.category.map(label).transpose()?,
            skills: row
                .skills
                .into_iter()
                .map(label)
                .collect::<Result<_, _>>()?,
            priority: row.priority.into(),
            place: row.place.map(Digest),
            fields: row
                .fields
                .into_iter()
                .map(|(name, value)| Ok((label(name)?, Digest(value))))
                .collect::<Result<_, Odd>>()?,
        };
        Ok(Self::Opened(Box::new(TicketState {
            version: row.version,
            number: TicketNumber::from_value(row.number),
            reporter: person(row.reporter),
            customer: row.customer.map(person),
            team: row.team.map(label).transpose()?,
            status: row.status.try_into()?,
            declined: row.declined.into_iter().map(person).collect(),
            reopen_count: row.reopen_count,
            source_sequence: row.source_sequence,
            as_of: time(row.as_of)?,
            visit: row.visit.into(),
            links: row
                .links
                .into_iter()
                .map(|(other, relation)| (TicketId(Uuid::from_bytes(other)), relation.into()))
                .collect(),
            entries: row.entries.into_iter().map(Uuid::from_bytes).collect(),
            content,
        })))
    }
}

impl From<&Status> for StatusRow {
    fn from(status: &Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Assigned { consultant } => Self::Assigned(person_id(*consultant)),
            Status::InProgress { consultant } => Self::InProgress(person_id(*consultant)),
            Status::OnHold { awaiting, was } => Self::OnHold(
                (*awaiting).into(),
                match was {
                    Assignment::Nobody => AssignmentRow::Nobody,
                    Assignment::Assigned(who) => AssignmentRow::Assigned(person_id(*who)),
                    Assignment::InProgress(who) => AssignmentRow::InProgress(person_id(*who)),
                },
            ),
            Status::Resolved { code, consultant } => {
                Self::Resolved(text(code), consultant.map(person_id))
            }
            Status::Closed {
                code,
                consultant,
                reopen_until,
            } => Self::Closed(
                text(code),
                consultant.map(person_id),
                reopen_until.as_nanosecond(),
            ),
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl TryFrom<StatusRow> for Status {
    type Error = Odd;

    fn try_from(row: StatusRow) -> Result<Self, Odd> {
        Ok(match row {
            StatusRow::Open => Self::Open,
            StatusRow::Assigned(who) => Self::Assigned {
                consultant: person(who),
            },
            StatusRow::InProgress(who) => Self::InProgress {
                consultant: person(who),
            },
            StatusRow::OnHold(awaiting, was) => Self::OnHold {
                awaiting: awaiting.into(),
                was: match was {
                    AssignmentRow::Nobody => Assignment::Nobody,
                    AssignmentRow::Assigned(who) => Assignment::Assigned(person(who)),
                    AssignmentRow::InProgress(who) => Assignment::InProgress(person(who)),
                },
            },
            StatusRow::Resolved(code, consultant) => Self::Resolved {
                code: label(code)?,
                consultant: consultant.map(person),
            },
            StatusRow::Closed(code, consultant, reopen_until) => Self::Closed {
                code: label(code)?,
                consultant: consultant.map(person),
                reopen_until: time(reopen_until)?,
            },
            StatusRow::Cancelled => Self::Cancelled,
        })
    }
}

impl TryFrom<&Outcome> for OutcomeRow {
    type Error = Odd;

    fn try_from(outcome: &Outcome) -> Result<Self, Odd> {
        Ok(Self {
            id: outcome.id.0,
            digest: outcome.digest.0,
            at: outcome.at,
            sequence: outcome.sequence,
            version: outcome.version,
            result: match &outcome.result {
                FirstResult::Applied(status) => ResultRow::Applied((*status).into()),
                FirstResult::Unchanged(status) => {
                    ResultRow::Unchanged(status.map(StatusNameRow::from))
                }
                FirstResult::Rejected(rejection) => ResultRow::Rejected(
                    serde_json::to_vec(&Refusal(Rejection::clone(rejection)))
                        .map_err(|_| Odd::Malformed)?,
                ),
                FirstResult::Newer => return Err(Odd::Newer),
            },
        })
    }
}

impl TryFrom<OutcomeRow> for Outcome {
    type Error = Odd;

    fn try_from(row: OutcomeRow) -> Result<Self, Odd> {
        Ok(Self {
            id: CommandId(row.id),
            digest: CommandDigest(row.digest),
            at: row.at,
            sequence: row.sequence,
            version: row.version,
            result: match row.result {
                ResultRow::Applied(status) => FirstResult::Applied(status.into()),
                ResultRow::Unchanged(status) => {
                    FirstResult::Unchanged(status.map(StatusName::from))
                }
                ResultRow::Rejected(json) => {
                    let refusal: Refusal =
                        serde_json::from_slice(&json).map_err(|_| Odd::Malformed)?;
                    FirstResult::Rejected(Box::new(refusal.0))
                }
            },
        })
    }
}

/// The rows of a stream's outcomes, and back.
pub(super) fn outcome_rows(outcomes: &Outcomes) -> Result<Vec<OutcomeRow>, Odd> {
    outcomes.iter().map(OutcomeRow::try_from).collect()
}

pub(super) fn outcomes(rows: Vec<OutcomeRow>) -> Result<Outcomes, Odd> {
    let outcomes: Result<Vec<_>, _> = rows.into_iter().map(Outcome::try_from).collect();
    outcomes.map(Outcomes::restored)
}

fn person_id(person: PersonId) -> Id {
    person.0.into_bytes()
}

fn person(id: Id) -> PersonId {
    PersonId(Uuid::from_bytes(id))
}

fn text(label: &Label) -> Box<str> {
    label.as_str().into()
}

fn label(text: Box<str>) -> Result<Label, Odd> {
    Label::new(text).map_err(|_| Odd::Malformed)
}

fn time(nanoseconds: i128) -> Result<Timestamp, Odd> {
    Timestamp::from_nanosecond(nanoseconds).map_err(|_| Odd::Malformed)
}
