//! The packed header block: all `ce_` headers of a record but `ce_hash`, sorted by name, each
//! name and each value preceded by its length as four bytes, big-endian.
//!
//! The same bytes are hashed, are kept in memory, and are a column of the Postgres log: a record
//! costs one slice, not an allocation per header.

use bytes::{BufMut, BytesMut};
use docket_schemas::attributes::{PREFIX, header};

use crate::hash::Hash;

/// W3C trace context travels outside the hash.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// Appends one length-prefixed item.
pub(crate) fn put(buffer: &mut BytesMut, item: &[u8]) {
    buffer.put_u32(item.len() as u32);
    buffer.put_slice(item);
}

/// Packs a record's headers as a transport delivers them, in any order, to the end of `buffer`.
/// Returns `ce_hash` (where it is well formed) and `traceparent`; what else has no `ce_` before
/// its name is left out.
pub fn pack<'a>(
    buffer: &mut BytesMut,
    headers: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> (Option<Hash>, Option<&'a [u8]>) {
    let mut hash = None;
    let mut traceparent = None;
    let mut attributes = Vec::with_capacity(16);
    for (name, value) in headers {
        match name {
            header::HASH => hash = Hash::from_hex(value),
            TRACEPARENT => traceparent = Some(value),
            _ if name.starts_with(PREFIX) => attributes.push((name, value)),
            _ => {}
        }
    }
    // Our own writer sends them sorted; then this is one pass.
    attributes.sort_by_key(|(name, _)| *name);
    for (name, value) in attributes {
        put(buffer, name.as_bytes());
        put(buffer, value);
    }
    (hash, traceparent)
}

/// Walks a packed block. Ends early at a length that doesn't fit or a name that isn't UTF-8;
/// [`Headers::is_complete`] tells.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Over a packed block.
    pub fn new(packed: &'a [u8]) -> Self {
        Self { rest: packed }
    }

    /// Whether everything has been walked over.
    pub fn is_complete(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = take(self.rest)?;
        let (value, rest) = take(rest)?;
        let name = std::str::from_utf8(name).ok()?;
        self.rest = rest;
        Some((name, value))
    }
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
