//! Stream ids and where they lie: the record key, and the partition it falls into.

use docket_domain::ids::TicketId;
use uuid::Uuid;

const TICKET: &str = "ticket-";

/// A ticket's stream id and record key: `ticket-<uuid>`, lower-case with hyphens.
pub fn ticket_key(ticket: TicketId) -> String {
    format!("{TICKET}{ticket}")
}

/// The ticket whose stream this is. `None` for everything else, other spellings of a ticket's own
/// key included: two spellings would be two streams.
pub fn parse_ticket(key: &[u8]) -> Option<TicketId> {
    let id = key.strip_prefix(TICKET.as_bytes())?;
    let canonical = id.len() == 36 && !id.iter().any(u8::is_ascii_uppercase);
    canonical
        .then(|| Uuid::try_parse_ascii(id).ok())
        .flatten()
        .map(TicketId)
}

/// The partition a key falls into, as Kafka's Java clients (and librdkafka's
/// `partitioner=murmur2`) compute it: anybody's producer and consumer agrees.
///
/// # Panics
/// If `partitions` is 0: no log has none.
pub fn partition_of(key: &[u8], partitions: u16) -> u16 {
    // The mask, not abs(): that is how Java's `Utils.toPositive` does it.
    ((murmur2(key) & 0x7fff_ffff) % u32::from(partitions)) as u16
}

/// Kafka's `Utils.murmur2`: Austin Appleby's 32-bit MurmurHash2 with Kafka's seed.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    const SEED: u32 = 0x9747_b28c;

    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k = (k ^ (k >> R)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn hashes_as_kafka_does() {
        for (key, expected) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), expected, "{key}");
        }
    }

    #[test]
    fn masks_the_sign_instead_of_negating_it() {
        // -973932308 & 0x7fffffff = 1173551340
        assert_eq!(partition_of(b"21", 8), (1_173_551_340_u32 % 8) as u16);
        assert_eq!(partition_of(b"21", 1000), (1_173_551_340_u32 % 1000) as u16);
        assert_eq!(partition_of(b"abc", 1000), 107);
    }

    #[test]
    fn a_ticket_key_has_one_spelling() {
        let id = TicketId(Uuid::from_u128(0x00ab_0000_0000_4000_8000_0000_0000_00ff));
        let key = ticket_key(id);
        assert_eq!(key, "ticket-00ab0000-0000-4000-8000-0000000000ff");
        assert_eq!(parse_ticket(key.as_bytes()), Some(id));
        for other in [
            "ticket-00AB0000-0000-4000-8000-0000000000FF",
            "ticket-00ab0000000040008000000000000 0ff",
            "ticket-{00ab0000-0000-4000-8000-0000000000ff}",
            "consultant-00ab0000-0000-4000-8000-0000000000ff",
            "ticket-",
            "log",
            "",
        ] {
            assert_eq!(parse_ticket(other.as_bytes()), None, "{other}");
        }
    }
}
