//! Notifications: what is told, to whom, and under which id.

use docket_domain::EventContext;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::StreamId;
use jiff_sqlx::Timestamp;
use uuid::{Uuid, uuid};

use crate::projector::{RecordPlace, to_micros};

/// Makes our ids different from everybody else's.
const NAMESPACE: Uuid = uuid!("6f0c1b0e-5f3a-4d57-9c5d-2d8f3f6b9a11");

/// What is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    TicketReceived,
    TicketAssigned,
    OnTheWay,
    TicketResolved,
    NobodyAccepts,
    SurveyInvitation,
}

impl Kind {
    /// As rows have it, and webhooks and texts after them.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TicketReceived => "ticket.received",
            Self::TicketAssigned => "ticket.assigned",
            Self::OnTheWay => "ticket.on_the_way",
            Self::TicketResolved => "ticket.resolved",
            Self::NobodyAccepts => "ticket.nobody_accepts",
            Self::SurveyInvitation => "survey.invitation",
        }
    }
}

/// Who is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Recipient {
    /// Whose ticket it is.
    Customer,
    /// Those who look after the ticket's team.
    Managers,
    /// Other systems, by webhook.
    Endpoints,
}

impl Recipient {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Managers => "managers",
            Self::Endpoints => "endpoints",
        }
    }
}

/// The event that calls for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) stream: StreamId,
    pub(crate) version: i32,
    pub(crate) ticket: TicketId,
    /// Of a survey: the ticket's closing, and until when it may be answered.
    pub(crate) survey: Option<(i64, Timestamp)>,
}

/// What an event calls for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) recipient: Recipient,
    pub(crate) consultant: Option<PersonId>,
}

/// A row of `notification`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NotificationRow {
    pub(crate) id: Uuid,
    pub(crate) stream: String,
    pub(crate) version: i32,
    pub(crate) kind: &'static str,
    pub(crate) recipient: &'static str,
    pub(crate) ticket: Uuid,
    pub(crate) consultant: Option<Uuid>,
    pub(crate) closing: Option<i64>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) occurred_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) partition: i32,
    pub(crate) sequence: i64,
}

impl NotificationRow {
    /// The row of one recipient.
    pub(crate) fn new(fact: Fact, call: Call, context: &EventContext, place: RecordPlace) -> Self {
        let Fact {
            stream,
            version,
            ticket,
            survey,
        } = fact;
        let stream = stream.to_string();
        let (kind, recipient) = (call.kind.as_str(), call.recipient.as_str());
        let name = format!("{stream}/{version}/{kind}/{recipient}");
        Self {
            id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
            stream,
            version,
            kind,
            recipient,
            ticket: ticket.0,
            consultant: call.consultant.map(|consultant| consultant.0),
            closing: survey.map(|(closing, _)| closing),
            expires_at: survey.map(|(_, expires_at)| expires_at),
            occurred_at: to_micros(context.occurred_at),
            recorded_at: to_micros(place.recorded_at),
            partition: i32::from(place.partition),
            sequence: place.sequence as i64,
        }
    }
}

/// Calls for the customer and other systems; none for history.
pub(crate) fn to_customer(live: bool, kind: Kind, consultant: Option<PersonId>) -> Vec<Call> {
    let recipients = [Recipient::Customer, Recipient::Endpoints];
    let calls = recipients.into_iter().map(|recipient| Call {
        kind,
        recipient,
        consultant,
    });
    calls.filter(|_| live).collect()
}
