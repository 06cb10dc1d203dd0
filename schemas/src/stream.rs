//! Stream ids and where they lie: the record key, and the partition it falls into.

use std::num::NonZeroU32;

use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::StreamId;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

const TICKET: &str = "ticket-";
const CONSULTANT: &str = "consultant-";
const CUSTOMER: &str = "customer-";
const SURVEY: &str = "survey-";
const CATALOGUE: &str = "catalogue";

/// A stream's record key: its id as it is written out, the UUID lower-case with hyphens.
pub fn key(id: StreamId) -> String {
    match id {
        StreamId::Ticket(ticket) => ticket_key(ticket),
        StreamId::Consultant(person) => named(CONSULTANT, person.0),
        StreamId::Customer(person) => named(CUSTOMER, person.0),
        StreamId::Survey(survey) => format!("{SURVEY}{survey}"),
        StreamId::Catalogue => CATALOGUE.into(),
    }
}

/// A ticket's record key: `ticket-<uuid>`.
pub fn ticket_key(ticket: TicketId) -> String {
    named(TICKET, ticket.0)
}

/// Of its size from the start: this is done several times for every command.
fn named(prefix: &str, id: Uuid) -> String {
    let mut key = String::with_capacity(prefix.len() + Hyphenated::LENGTH);
    key.push_str(prefix);
    key.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    key
}

/// The stream of this key. `None` for everything else, other spellings of a stream's own key
/// included: two spellings would be two streams.
pub fn parse(key: &[u8]) -> Option<StreamId> {
    if let Some(id) = key.strip_prefix(TICKET.as_bytes()) {
        canonical(id).map(|id| StreamId::Ticket(TicketId(id)))
    } else if let Some(id) = key.strip_prefix(CONSULTANT.as_bytes()) {
        canonical(id).map(|id| StreamId::Consultant(PersonId(id)))
    } else if let Some(id) = key.strip_prefix(CUSTOMER.as_bytes()) {
        canonical(id).map(|id| StreamId::Customer(PersonId(id)))
    } else if let Some(id) = key.strip_prefix(SURVEY.as_bytes()) {
        parse_survey(id).map(StreamId::Survey)
    } else {
        (key == CATALOGUE.as_bytes()).then_some(StreamId::Catalogue)
    }
}

/// The ticket whose stream this is; see [`parse`].
pub fn parse_ticket(key: &[u8]) -> Option<TicketId> {
    match parse(key) {
        Some(StreamId::Ticket(ticket)) => Some(ticket),
        _ => None,
    }
}

/// A survey's id as it stands in keys and paths, `<ticket>-<closing>`; likewise in one spelling only.
pub fn parse_survey(id: &[u8]) -> Option<SurveyId> {
    let (ticket, rest) = id.split_at_checked(Hyphenated::LENGTH)?;
    let closing = std::str::from_utf8(rest.strip_prefix(b"-")?).ok()?;
    let canonical_number = !closing.starts_with(['+', '0']);
    Some(SurveyId {
        ticket: TicketId(canonical(ticket)?),
        closing: canonical_number
            .then(|| closing.parse::<NonZeroU32>().ok())
            .flatten()?,
    })
}

/// A UUID in the one spelling that keys have.
fn canonical(id: &[u8]) -> Option<Uuid> {
    let canonical = id.len() == Hyphenated::LENGTH && !id.iter().any(u8::is_ascii_uppercase);
    canonical.then(|| Uuid::try_parse_ascii(id).ok()).flatten()
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

    fn survey(ticket: Uuid, closing: u32) -> StreamId {
        StreamId::Survey(SurveyId {
            ticket: TicketId(ticket),
            closing: NonZeroU32::new(closing).unwrap(),
        })
    }

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
    fn every_stream_has_one_key() {
        const UUID: &str = "00ab0000-0000-4000-8000-0000000000ff";
        let id = Uuid::from_u128(0x00ab_0000_0000_4000_8000_0000_0000_00ff);
        for (stream, expected) in [
            (StreamId::Ticket(TicketId(id)), format!("ticket-{UUID}")),
            (
                StreamId::Consultant(PersonId(id)),
                format!("consultant-{UUID}"),
            ),
            (StreamId::Customer(PersonId(id)), format!("customer-{UUID}")),
            (survey(id, 1), format!("survey-{UUID}-1")),
            (survey(id, u32::MAX), format!("survey-{UUID}-4294967295")),
            (StreamId::Catalogue, "catalogue".to_owned()),
        ] {
            assert_eq!(key(stream), expected);
            assert_eq!(stream.to_string(), expected);
            assert_eq!(parse(expected.as_bytes()), Some(stream));
        }
    }

    #[test]
    fn a_key_in_another_spelling_is_of_no_stream() {
        for key in [
            "ticket-00AB0000-0000-4000-8000-0000000000FF",
            "ticket-00ab0000000040008000000000000 0ff",
            "ticket-{00ab0000-0000-4000-8000-0000000000ff}",
            "consultant-00ab00000000400080000000000000ff",
            "customer-urn:uuid:00ab0000-0000-4000-8000-0000000000ff",
            "Customer-00ab0000-0000-4000-8000-0000000000ff",
            "survey-00ab0000-0000-4000-8000-0000000000ff",
            "survey-00ab0000-0000-4000-8000-0000000000ff-",
            "survey-00ab0000-0000-4000-8000-0000000000ff-0",
            "survey-00ab0000-0000-4000-8000-0000000000ff-01",
            "survey-00ab0000-0000-4000-8000-0000000000ff-+1",
            "survey-00ab0000-0000-4000-8000-0000000000ff--1",
            "survey-00ab0000-0000-4000-8000-0000000000ff-4294967296",
            "survey-00ab0000-0000-4000-8000-0000000000ff-1 ",
            "survey-00AB0000-0000-4000-8000-0000000000FF-1",
            "survey-00ab0000-0000-4000-8000-0000000000ff1",
            "00ab0000-0000-4000-8000-0000000000ff",
            "ticket-",
            "catalogue-",
            "catalogue ",
            "Catalogue",
            "log",
            "",
        ] {
            assert_eq!(parse(key.as_bytes()), None, "{key}");
        }
    }

    #[test]
    fn a_ticket_is_told_from_other_streams() {
        let id = Uuid::from_u128(7);
        let ticket = TicketId(id);
        assert_eq!(parse_ticket(ticket_key(ticket).as_bytes()), Some(ticket));
        let consultant = key(StreamId::Consultant(PersonId(id)));
        assert_eq!(parse_ticket(consultant.as_bytes()), None);
    }
}
