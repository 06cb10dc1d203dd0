//! Where a page ended, as a token: the sort key and id of its last entry, and which list it is.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::KeyOf;

/// The digest of a list's kind, filters and order: a cursor of another list is refused, not
/// misread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ListDigest([u8; 8]);

impl ListDigest {
    /// Of the parameters, in a fixed order.
    pub(super) fn of(list: &str, pairs: &[(String, String)]) -> Self {
        let mut hash = Sha256::new();
        let texts = pairs
            .iter()
            .flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        for text in std::iter::once(list).chain(texts) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let mut digest = [0; 8];
        digest.copy_from_slice(&hash.finalize()[..8]);
        Self(digest)
    }
}

/// Where a page ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cursor {
    /// The last entry's sort key.
    pub(super) key: Key,
    pub(super) id: Uuid,
    pub(super) list: ListDigest,
}

/// A sort key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Key {
    /// Microseconds, rank or number.
    Number(i64),
    /// A name as it is sorted.
    Text(String),
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::from(self.list.0);
        bytes.extend(self.id.as_bytes());
        match &self.key {
            Key::Number(number) => bytes.extend(number.to_be_bytes()),
            Key::Text(text) => bytes.extend(text.as_bytes()),
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl Cursor {
    /// A cursor of that list, which is sorted by such a key.
    pub(super) fn parse(text: &str, of: KeyOf, list: ListDigest) -> Result<Self, String> {
        const NONE: &str = "is not a cursor: send next_cursor as it was";
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NONE)?;
        let (digest, rest) = bytes.split_first_chunk().ok_or(NONE)?;
        let (id, key) = rest.split_first_chunk().ok_or(NONE)?;
        if *digest != list.0 {
            return Err(
                "is of a list with other filters or another order; start that list anew".to_owned(),
            );
        }
        Ok(Self {
            key: Key::read(key, of).ok_or(NONE)?,
            id: Uuid::from_bytes(*id),
            list,
        })
    }
}

impl Key {
    fn read(bytes: &[u8], of: KeyOf) -> Option<Self> {
        match of {
            KeyOf::Number | KeyOf::Time => {
                Some(Self::Number(i64::from_be_bytes(bytes.try_into().ok()?)))
            }
            KeyOf::Text => {
                let text = std::str::from_utf8(bytes).ok()?;
                // Nothing that Postgres can't hold.
                (!text.contains('\0')).then(|| Self::Text(text.to_owned()))
            }
        }
    }
}
