//! What happens to tickets and people, as events.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use docket_domain::command::{Caller, Channel, Customer, OpenTicket, Origin, Priority};
use docket_domain::customer::{
    CustomerEvent, Email, NotificationChannel, Phone, Preferences, Registration,
};
use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::{AskedBy, Invitation, SurveyEvent};
use docket_domain::text::{Personal, Text};
use docket_domain::{Actor, EventContext, Role, TicketEvent, TicketNumber};
use uuid::Uuid;

pub(crate) type Told = (StreamId, EventContext, Event);

pub(crate) fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).expect("a short text")
}

pub(crate) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0xbeef_0000 + number))
}

pub(crate) fn ticket(number: u64) -> TicketId {
    TicketId(Uuid::from_u64_pair(0x71c, number))
}

/// As it is read out on the phone.
pub(crate) fn number(count: u64) -> String {
    TicketNumber::new(count, 1, 0).to_string()
}

pub(crate) fn now() -> EventContext {
    EventContext {
        actor: Actor {
            id: person(99),
            role: Role::Receptionist,
        },
        occurred_at: jiff::Timestamp::now(),
        origin: Origin::Live,
        source_sequence: None,
    }
}

/// Somebody calls and leaves an e-mail address.
pub(crate) fn caller(name: &str, email: &str) -> Customer {
    Customer::Unregistered(Personal::Known(Caller {
        name: text(name),
        phone: Some(text("+49 30 1234")),
        email: Some(text(email)),
    }))
}

pub(crate) fn opened(number: u64, customer: Customer, subject: &str, language: &str) -> Told {
    let open = OpenTicket {
        number: TicketNumber::new(number, 1, 0),
        customer,
        channel: Channel::Phone,
        store: None,
        team: None,
        subject: Personal::Known(text(subject)),
        description: None,
        category: None,
        skills: Vec::new(),
        priority: Priority::Moderate,
        place: None,
        language: Some(text(language)),
        fields: BTreeMap::new(),
    };
    of(number, TicketEvent::Opened(Box::new(open)))
}

/// A caller's ticket, in English.
pub(crate) fn plain(number: u64) -> Told {
    opened(number, caller("Rosa", "rosa@example.com"), "No light", "en")
}

pub(crate) fn of(number: u64, event: TicketEvent) -> Told {
    (StreamId::Ticket(ticket(number)), now(), event.into())
}

pub(crate) fn resolved(number: u64) -> Told {
    let event = TicketEvent::Resolved {
        code: text("fixed"),
        note: None,
    };
    of(number, event)
}

pub(crate) fn registered(
    who: PersonId,
    channel: NotificationChannel,
    email: Option<&str>,
    phone: Option<&str>,
) -> Told {
    let registration = Registration {
        name: Personal::Known(text("Carla Meier")),
        phone: phone.map(|phone| Personal::Known(Phone::new(phone).expect("a number"))),
        email: email.map(|email| Personal::Known(Email::new(email).expect("an address"))),
        preferences: Preferences {
            channel,
            language: Some(text("de-AT")),
            consultant: None,
            surveys: true,
        },
    };
    about(who, CustomerEvent::Registered(Box::new(registration)))
}

pub(crate) fn about(who: PersonId, event: CustomerEvent) -> Told {
    (StreamId::Customer(who), now(), event.into())
}

/// The customer of a ticket, or its caller, is asked how its n-th closing went.
pub(crate) fn invited(
    number: u64,
    closing: u32,
    customer: Option<PersonId>,
    expires_at: jiff::Timestamp,
    origin: Origin,
) -> Told {
    let survey = SurveyId {
        ticket: ticket(number),
        closing: NonZeroU32::new(closing).expect("from 1"),
    };
    let invitation = Invitation {
        customer,
        channel: AskedBy::Email,
        language: None,
        consultant: None,
        team: None,
        category: None,
        store: None,
        area: None,
        expires_at,
    };
    let context = EventContext { origin, ..now() };
    let event = SurveyEvent::Invited(Box::new(invitation));
    (StreamId::Survey(survey), context, event.into())
}
