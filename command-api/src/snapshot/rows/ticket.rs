//! How a ticket's state looks in a snapshot file.

use docket_domain::command::{Awaiting, Priority, Relation};
use docket_domain::ids::TicketId;
use docket_domain::ticket::{Assignment, Content, Digest, Status, TicketState, Visit};
use docket_domain::{Ticket, TicketNumber};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Id, Odd, label, person, person_id, text, time};

#[derive(Serialize, Deserialize)]
pub(in super::super) struct TicketRow {
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

words! {
    PriorityRow = Priority { Low, Moderate, High, Critical }
    AwaitingRow = Awaiting { Customer, Vendor, Parts, Evidence, Other }
    RelationRow = Relation { Related, Duplicates, ChildOf, CausedBy }
    VisitRow = Visit { None, Travelling, Arrived }
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
