//! The catalogue's events as JSON, `docket.catalogue.…`: one frozen wire struct per type.
//!
//! [`encode`] writes the newest version of a type, [`decode`] reads every version there ever was.

mod entry;

use docket_domain::catalogue::CatalogueEvent;

use crate::fact::{facts, write};
use crate::{DecodeError, EncodeError, upcast};

use entry::{PutV1, RemovedV1};

facts! { CatalogueEvent:
    PutV1,
    RemovedV1,
}

/// An event's type and data, which always fits a record.
pub fn encode(event: &CatalogueEvent) -> Result<(&'static str, Vec<u8>), EncodeError> {
    match event {
        CatalogueEvent::Put(entry) => write(&PutV1::from(&**entry)),
        CatalogueEvent::Removed(key) => write(&RemovedV1::from(key)),
    }
}

/// The event of this type and data, whichever version wrote it.
pub fn decode(kind: &str, data: &[u8]) -> Result<CatalogueEvent, DecodeError> {
    upcast::decode(kind, data)
}
