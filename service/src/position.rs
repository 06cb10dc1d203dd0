//! A place in the log, as clients see it: a token they keep and hand back, and never look into.
//!
//! It survives a move of the log; after a restore that lost something its incarnation is another,
//! so that it is refused and not misread.

use std::fmt::{self, Display};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The first byte of every token; another layout gets another one.
const LAYOUT: u8 = 1;
const BYTES: usize = 30;

/// Partition, sequence and log incarnation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Position {
    /// Which log, and which of its lives.
    pub incarnation: Uuid,
    /// The partition.
    pub partition: u16,
    /// The record's number in it.
    pub sequence: u64,
}

/// The text is not a position that we gave out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a position: send one exactly as it was in a Docket-Position header")]
pub struct NotAPosition;

impl Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; BYTES];
        bytes[0] = LAYOUT;
        bytes[1..17].copy_from_slice(self.incarnation.as_bytes());
        bytes[17..19].copy_from_slice(&self.partition.to_be_bytes());
        bytes[19..27].copy_from_slice(&self.sequence.to_be_bytes());
        let check = check(&bytes[..27]);
        bytes[27..].copy_from_slice(&check);
        formatter.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let decoded = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAPosition)?;
        let bytes: [u8; BYTES] = decoded.try_into().map_err(|_| NotAPosition)?;
        let (body, rest) = bytes.split_at(27);
        if body[0] != LAYOUT || rest != check(body) {
            return Err(NotAPosition);
        }
        let part = |from: usize, to: usize| &body[from..to];
        Ok(Self {
            incarnation: Uuid::from_slice(part(1, 17)).map_err(|_| NotAPosition)?,
            partition: u16::from_be_bytes(part(17, 19).try_into().map_err(|_| NotAPosition)?),
            sequence: u64::from_be_bytes(part(19, 27).try_into().map_err(|_| NotAPosition)?),
        })
    }
}

/// Against typing and truncation, not against forgery: a position gives no right to anything.
/// FNV-1a, folded to three bytes.
fn check(bytes: &[u8]) -> [u8; 3] {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    let [high, a, b, c] = hash.to_be_bytes();
    [a ^ high, b, c]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_comes_back_as_it_went_out(
            incarnation: u128, partition: u16, sequence: u64
        ) {
            let incarnation = Uuid::from_u128(incarnation);
            let position = Position { incarnation, partition, sequence };
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }

        #[test]
        fn one_changed_character_is_noticed(sequence: u64, at in 0_usize..40, with in "[A-Za-z0-9_-]") {
            let position = Position { incarnation: Uuid::nil(), partition: 7, sequence };
            let token = position.to_string();
            let mut changed = token.clone();
            changed.replace_range(at..=at, &with);
            prop_assume!(changed != token);
            prop_assert_eq!(changed.parse::<Position>(), Err(NotAPosition));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<Position>();
        }
    }

    #[test]
    fn the_token_is_fixed_because_clients_keep_it() {
        let position = Position {
            incarnation: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            partition: 3,
            sequence: 42,
        };
        assert_eq!(
            position.to_string(),
            "AQEjRWeJq83vASNFZ4mrze8AAwAAAAAAAAAqep5X"
        );
    }
}
