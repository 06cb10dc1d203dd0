//! What lies in the log, byte for byte: attributes, control records, events, and their versions.
//!
//! Everything here is a promise to readers of another version, another language and another
//! decade. Wire structs are frozen once released: a change is a new version and an upcaster
//! ([`event`]), never an edit. Domain types stay free of all this; the conversions are here.
//! For third parties the same is said in `README.md`, `asyncapi.json` and `json/` beside it.

pub mod attributes;
pub mod stream;

pub mod event;

pub mod catalogue;
pub mod consultant;
pub mod customer;
pub mod survey;
pub mod ticket;

pub mod control;
pub mod rejection;

pub mod error;
pub mod schema;

mod fact;
mod personal;
mod place;
mod upcast;
mod words;

pub use error::{DecodeError, EncodeError};

/// The most a record may take: key, headers and data together.
pub const RECORD_BYTES_MAX: usize = 65_536;

/// What of [`RECORD_BYTES_MAX`] is kept free for key and headers. Ours take about 900 bytes; the
/// rest is for attributes to come and for a gateway's trace headers.
pub const ENVELOPE_BYTES_MAX: usize = 4_096;

/// The most a record's data may take.
pub const DATA_BYTES_MAX: usize = RECORD_BYTES_MAX - ENVELOPE_BYTES_MAX;
