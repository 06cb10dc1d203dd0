//! A record: key, CloudEvents attributes, data, hash.

use bytes::Bytes;
use docket_schemas::attributes;
use jiff::Timestamp;

use crate::hash::Hash;
use crate::packed::Headers;

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

impl Record {
    /// The value of a `ce_` header, by its name without `ce_`. Scans the packed block: there are
    /// about a dozen of them.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        Headers::new(&self.packed)
            .find(|(found, _)| found.strip_prefix("ce_") == Some(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// All `ce_` headers but `ce_hash`, by full name, sorted.
    pub fn headers(&self) -> Headers<'_> {
        Headers::new(&self.packed)
    }

    /// `ce_type`; empty if there is none, which no valid record lacks.
    pub fn kind(&self) -> &str {
        self.attribute(attributes::TYPE).unwrap_or_default()
    }

    /// `ce_time`: when the writer made the record.
    pub fn time(&self) -> Option<Timestamp> {
        self.attribute(attributes::TIME)?.parse().ok()
    }

    /// Whether this is a control record rather than an event.
    pub fn is_control(&self) -> bool {
        self.kind()
            .starts_with(docket_schemas::control::TYPE_PREFIX)
    }
}
