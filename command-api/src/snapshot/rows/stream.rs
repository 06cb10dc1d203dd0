//! How any stream, and its id, look in a snapshot file.

use docket_domain::Ticket;
use std::num::NonZeroU32;

use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::stream::{Aggregate, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::catalogue::CatalogueRow;
use super::consultant::ConsultantRow;
use super::customer::CustomerRow;
use super::survey::SurveyRow;
use super::{Id, Odd, TicketRow, person, person_id};

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in super::super) enum IdRow {
    Ticket(Id),
    Consultant(Id),
    Customer(Id),
    Survey(Id, NonZeroU32),
    Catalogue,
}

/// A stream's id and state. Written out it begins as its [`IdRow`]: the same variants in the same
/// order, each with the id first.
#[derive(Serialize, Deserialize)]
pub(in super::super) enum StreamRow {
    Ticket(Id, Option<Box<TicketRow>>),
    Consultant(Id, ConsultantRow),
    Customer(Id, CustomerRow),
    Survey(Id, NonZeroU32, SurveyRow),
    Catalogue(CatalogueRow),
}

impl From<StreamId> for IdRow {
    fn from(id: StreamId) -> Self {
        match id {
            StreamId::Ticket(ticket) => Self::Ticket(ticket.0.into_bytes()),
            StreamId::Consultant(who) => Self::Consultant(person_id(who)),
            StreamId::Customer(who) => Self::Customer(person_id(who)),
            StreamId::Survey(survey) => Self::Survey(survey.ticket.0.into_bytes(), survey.closing),
            StreamId::Catalogue => Self::Catalogue,
        }
    }
}

impl From<IdRow> for StreamId {
    fn from(row: IdRow) -> Self {
        match row {
            IdRow::Ticket(id) => Self::Ticket(TicketId(Uuid::from_bytes(id))),
            IdRow::Consultant(id) => Self::Consultant(person(id)),
            IdRow::Customer(id) => Self::Customer(person(id)),
            IdRow::Survey(ticket, closing) => Self::Survey(survey_id(ticket, closing)),
            IdRow::Catalogue => Self::Catalogue,
        }
    }
}

impl StreamRow {
    /// `None` if the state is not of such a stream, which no fold makes.
    pub(in super::super) fn of(id: StreamId, aggregate: &Aggregate) -> Option<Self> {
        Some(match (id, aggregate) {
            (StreamId::Ticket(id), Aggregate::Ticket(ticket)) => {
                let row = match ticket {
                    Ticket::Unopened => None,
                    Ticket::Opened(state) => Some(Box::new(TicketRow::from(&**state))),
                };
                Self::Ticket(id.0.into_bytes(), row)
            }
            (StreamId::Consultant(id), Aggregate::Consultant(consultant)) => {
                Self::Consultant(person_id(id), consultant.into())
            }
            (StreamId::Customer(id), Aggregate::Customer(customer)) => {
                Self::Customer(person_id(id), customer.into())
            }
            (StreamId::Survey(id), Aggregate::Survey(survey)) => {
                Self::Survey(id.ticket.0.into_bytes(), id.closing, survey.into())
            }
            (StreamId::Catalogue, Aggregate::Catalogue(catalogue)) => {
                Self::Catalogue((&**catalogue).into())
            }
            _ => return None,
        })
    }

    pub(in super::super) fn into_stream(self) -> Result<(StreamId, Aggregate), Odd> {
        Ok(match self {
            Self::Ticket(id, row) => {
                let ticket = row.map_or(Ok(Ticket::Unopened), |row| Ticket::try_from(*row))?;
                let id = StreamId::Ticket(TicketId(Uuid::from_bytes(id)));
                (id, Aggregate::Ticket(ticket))
            }
            Self::Consultant(id, row) => {
                let id = StreamId::Consultant(person(id));
                (id, Aggregate::Consultant(row.try_into()?))
            }
            Self::Customer(id, row) => {
                let id = StreamId::Customer(person(id));
                (id, Aggregate::Customer(row.try_into()?))
            }
            Self::Survey(ticket, closing, row) => {
                let id = StreamId::Survey(survey_id(ticket, closing));
                (id, Aggregate::Survey(row.try_into()?))
            }
            Self::Catalogue(row) => {
                let catalogue = Aggregate::Catalogue(Box::new(row.try_into()?));
                (StreamId::Catalogue, catalogue)
            }
        })
    }
}

fn survey_id(ticket: Id, closing: NonZeroU32) -> SurveyId {
    SurveyId {
        ticket: TicketId(Uuid::from_bytes(ticket)),
        closing,
    }
}
