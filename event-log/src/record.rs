//! A record: key, CloudEvents attributes, data, hash.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// SHA-256 of a record; see [`chain`](crate::chain) for what is hashed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

/// What a writer wants to append, before it is known which head it will extend.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `ce_type`, such as `docket.ticket.opened.v1`.
    pub kind: &'static str,
    /// The record key: the stream, such as `ticket-<uuid>`; `log` for control records.
    pub key: Bytes,
    /// `ce_time`.
    pub time: Timestamp,
    /// What else goes into `ce_` headers, as (name without `ce_`, value); see
    /// [`docket_schemas::attributes`] for the names.
    pub attributes: Vec<(&'static str, String)>,
    /// W3C trace context, kept outside the hash.
    pub traceparent: Option<String>,
    /// JSON.
    pub data: Bytes,
}

/// A record as it lies in the log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Record {
    /// The record key.
    pub key: Bytes,
    /// All `ce_` headers but `ce_hash`, sorted by name, packed as in the hash's preimage: each
    /// name and each value preceded by its length as four bytes, big-endian.
    pub packed: Bytes,
    /// W3C trace context.
    pub traceparent: Option<Bytes>,
    /// JSON.
    pub data: Bytes,
    /// `ce_hash`.
    pub hash: Hash,
    /// `ce_previous`.
    pub previous: Hash,
    /// `ce_sequence`.
    pub sequence: crate::Sequence,
}
