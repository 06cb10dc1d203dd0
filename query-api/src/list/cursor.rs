//! Where a page ended, as a token: the sort key and id of its last ticket, and which list it is.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const BYTES: usize = 32;

/// The digest of a list's filters and order: a cursor of another list is refused, not misread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ListDigest([u8; 8]);

impl ListDigest {
    /// Of the parameters, in a fixed order.
    pub(crate) fn of(pairs: &[(String, String)]) -> Self {
        let mut hash = Sha256::new();
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let mut digest = [0; 8];
        digest.copy_from_slice(&hash.finalize()[..8]);
        Self(digest)
    }
}

/// Where a page ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cursor {
    /// The last ticket's sort key: microseconds, rank or number.
    pub(crate) key: i64,
    pub(crate) id: Uuid,
    pub(crate) list: ListDigest,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&self.key.to_be_bytes());
        bytes[8..24].copy_from_slice(self.id.as_bytes());
        bytes[24..].copy_from_slice(&self.list.0);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .filter(|bytes| bytes.len() == BYTES)
            .ok_or("is not a cursor: send next_cursor as it was")?;
        let mut key = [0; 8];
        let mut id = [0; 16];
        let mut list = [0; 8];
        key.copy_from_slice(&bytes[..8]);
        id.copy_from_slice(&bytes[8..24]);
        list.copy_from_slice(&bytes[24..]);
        Ok(Self {
            key: i64::from_be_bytes(key),
            id: Uuid::from_bytes(id),
            list: ListDigest(list),
        })
    }
}
