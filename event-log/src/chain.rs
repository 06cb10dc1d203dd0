//! The chain rule: a record is valid if and only if its `previous` equals the `hash` of the last
//! valid record of its partition, and its own hash and sequence are right. Everything else in the
//! partition is noise, the same for every reader for ever.
//!
//! The hash is SHA-256 over these items, each preceded by its length as four bytes, big-endian:
//! the log id (36 characters), the partition (decimal digits), the key, then every header whose
//! name starts with `ce_` but `ce_hash`, sorted by name, as name and value, then the data.

mod rule;
mod seal;

pub use rule::{NoiseReason, Verdict, classify, genesis_of};
pub use seal::{seal, seal_with_id};

use sha2::{Digest as _, Sha256};

use crate::cursor::{LogId, Partition};
use crate::hash::Hash;

/// The hash of a record; `packed` is its header block (see [`packed`](crate::packed)), which is
/// part of the preimage as it stands.
pub fn hash(log_id: LogId, partition: Partition, key: &[u8], packed: &[u8], data: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    let mut log_id_text = uuid::Uuid::encode_buffer();
    let mut partition_text = [0; 5];
    item(
        &mut hasher,
        log_id
            .0
            .hyphenated()
            .encode_lower(&mut log_id_text)
            .as_bytes(),
    );
    item(&mut hasher, decimal(partition.0, &mut partition_text));
    item(&mut hasher, key);
    hasher.update(packed);
    item(&mut hasher, data);
    Hash(hasher.finalize().into())
}

fn item(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u32).to_be_bytes());
    hasher.update(bytes);
}

/// Digits without an allocation, since this runs once per record.
fn decimal(mut number: u16, buffer: &mut [u8; 5]) -> &[u8] {
    let mut start = buffer.len();
    loop {
        start -= 1;
        buffer[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &buffer[start..];
        }
    }
}

#[cfg(test)]
mod tests;
