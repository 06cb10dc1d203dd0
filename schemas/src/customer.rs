//! A customer's events as JSON, `docket.customer.…`: one frozen wire struct per type.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.

mod contact;
mod preferences;

use docket_domain::customer::CustomerEvent;

use crate::fact::{facts, write};
use crate::{DecodeError, EncodeError, upcast};

use contact::{ContactChangedV1, ErasedV1, RegisteredV1};
use preferences::PreferencesChangedV1;

facts! { CustomerEvent:
    RegisteredV1,
    ContactChangedV1,
    PreferencesChangedV1,
    ErasedV1,
}

/// An event's type and data, which always fits a record.
pub fn encode(event: &CustomerEvent) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        CustomerEvent::Registered(registration) => write(&RegisteredV1::from(&**registration)),
        CustomerEvent::ContactChanged(change) => write(&ContactChangedV1::from(&**change)),
        CustomerEvent::PreferencesChanged(change) => write(&PreferencesChangedV1::from(change)),
        CustomerEvent::Erased => write(&ErasedV1 {}),
    }
}

/// The event of this type and data, whichever version wrote it.
pub fn decode(kind: &str, data: &[u8]) -> Result<CustomerEvent, DecodeError> {
    upcast::decode(kind, data)
}
