//! The number people read out on the phone.

use std::fmt;
use std::str::FromStr;

/// A ticket's number: (count within the partition × partition count + partition), then a check
/// digit. Unique and never given again, because the append that carries it decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TicketNumber(u64);

/// Why a text is not a ticket number; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidNumber {
    /// Something other than digits, or too few of them for a number and its check digit.
    #[error("a ticket number is two digits or more, and nothing else")]
    NotDigits,
    /// More digits than any ticket number has.
    #[error("a ticket number has at most 21 digits")]
    TooLong,
    /// A digit was mistyped, or two were swapped.
    #[error("a digit is wrong, or two are swapped: the check digit doesn't agree")]
    CheckDigit,
}

/// Damm's quasigroup of order 10 ("Total anti-symmetrische Quasigruppen", Marburg 2004): the check
/// digit it yields catches every wrong digit and every swap of neighbours.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

impl TicketNumber {
    /// The number of the ticket that is opened as the `count`th (from 0) of its partition. No two
    /// pairs of count and partition have the same.
    pub const fn new(count: u64, partitions: u16, partition: u16) -> Self {
        // 2^48 tickets in one partition would overflow; a partition never holds as many records.
        Self(count * partitions as u64 + partition as u64)
    }

    /// The number without its check digit, to be stored.
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The number that was stored as [`value`](Self::value).
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }
}

/// The check digit of ASCII digits; of a number together with its check digit it is 0.
fn check_digit(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| {
        DAMM[usize::from(interim)][usize::from(digit - b'0')]
    })
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        write!(f, "{digits}{}", check_digit(digits.as_bytes()))
    }
}

impl FromStr for TicketNumber {
    type Err = InvalidNumber;

    /// Reads the number with its check digit; leading zeros are taken for what they are.
    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        if text.len() < 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidNumber::NotDigits);
        }
        let number = text[..text.len() - 1]
            .parse()
            .map_err(|_| InvalidNumber::TooLong)?;
        if check_digit(text.as_bytes()) == 0 {
            Ok(Self(number))
        } else {
            Err(InvalidNumber::CheckDigit)
        }
    }
}
