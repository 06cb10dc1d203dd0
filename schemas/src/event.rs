//! Any stream's event as JSON, for whoever reads or writes streams of every kind.

use docket_domain::stream::Event;

use crate::schema::Released;
use crate::{DecodeError, EncodeError, catalogue, consultant, customer, survey, ticket};

/// The newest types of all streams, one per kind of event; those that [`encode`] writes.
pub fn types() -> impl Iterator<Item = &'static str> {
    [
        ticket::TYPES,
        consultant::TYPES,
        customer::TYPES,
        survey::TYPES,
        catalogue::TYPES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// An event's type and data. Fails only if the data is longer than
/// [`DATA_BYTES_MAX`](crate::DATA_BYTES_MAX).
pub fn encode(event: &Event) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        Event::Ticket(event) => ticket::encode(event),
        Event::Consultant(event) => consultant::encode(event),
        Event::Customer(event) => customer::encode(event),
        Event::Survey(event) => survey::encode(event),
        Event::Catalogue(event) => catalogue::encode(event),
    }
}

/// The event of this type and data, whichever version wrote it. The type alone says of which kind
/// of stream it is; whether it lies in such a stream is for the reader to see.
pub fn decode(kind: &str, data: &[u8]) -> Result<Event, DecodeError> {
    let unknown = || DecodeError::UnknownType { kind: kind.into() };
    let rest = kind.strip_prefix("docket.").ok_or_else(unknown)?;
    match rest.split_once('.') {
        Some(("ticket", _)) => ticket::decode(kind, data).map(Event::Ticket),
        Some(("consultant", _)) => consultant::decode(kind, data).map(Event::Consultant),
        Some(("customer", _)) => customer::decode(kind, data).map(Event::Customer),
        Some(("survey", _)) => survey::decode(kind, data).map(Event::Survey),
        Some(("catalogue", _)) => catalogue::decode(kind, data).map(Event::Catalogue),
        _ => Err(unknown()),
    }
}

/// The JSON Schemas of all [`types`].
pub(crate) fn schemas() -> impl Iterator<Item = Released> {
    [
        ticket::schemas(),
        consultant::schemas(),
        customer::schemas(),
        survey::schemas(),
        catalogue::schemas(),
    ]
    .into_iter()
    .flatten()
}
