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
    pub(crate) occurred_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) partition: i32,
    pub(crate) sequence: i64,
}

impl NotificationRow {
    /// The row that a ticket's event of this version calls for.
    pub(crate) fn new(
        ticket: TicketId,
        version: i32,
        call: Call,
        context: &EventContext,
        place: RecordPlace,
    ) -> Self {
        let stream = StreamId::Ticket(ticket).to_string();
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
            occurred_at: to_micros(context.occurred_at),
            recorded_at: to_micros(place.recorded_at),
            partition: i32::from(place.partition),
            sequence: place.sequence as i64,
        }
    }
}
