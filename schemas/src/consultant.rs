//! A consultant's events as JSON, `docket.consultant.…`: one frozen wire struct per type.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.
//! Of working hours only the form is checked: whether there is a time zone of that name is for
//! whoever takes the command, since a reader's own database may be older than the log.

mod availability;
mod place;
mod profile;

use docket_domain::consultant::ConsultantEvent;

use crate::fact::{facts, write};
use crate::{DecodeError, EncodeError, upcast};

use availability::{AvailabilityChangedV1, RetiredV1};
use place::PlaceChangedV1;
use profile::{ProfileChangedV1, RegisteredV1};

facts! { ConsultantEvent:
    RegisteredV1,
    ProfileChangedV1,
    AvailabilityChangedV1,
    PlaceChangedV1,
    RetiredV1,
}

/// An event's type and data. Fails only if the data is longer than
/// [`DATA_BYTES_MAX`](crate::DATA_BYTES_MAX), which very many skills and areas can be.
pub fn encode(event: &ConsultantEvent) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        ConsultantEvent::Registered(profile) => write(&RegisteredV1::from(&**profile)),
        ConsultantEvent::ProfileChanged(change) => write(&ProfileChangedV1::from(&**change)),
        ConsultantEvent::AvailabilityChanged(change) => {
            write(&AvailabilityChangedV1::from(&**change))
        }
        ConsultantEvent::PlaceChanged { place } => write(&PlaceChangedV1::new(place.as_ref())),
        ConsultantEvent::Retired => write(&RetiredV1 {}),
    }
}

/// The event of this type and data, whichever version wrote it.
pub fn decode(kind: &str, data: &[u8]) -> Result<ConsultantEvent, DecodeError> {
    upcast::decode(kind, data)
}
