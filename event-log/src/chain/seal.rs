//! Making a draft a record that extends a head.

use bytes::BytesMut;
use docket_schemas::attributes;
use uuid::Uuid;

use super::hash;
use crate::cursor::{Head, LogId, Partition, Sequence};
use crate::hash::Hash;
use crate::packed::put;
use crate::record::{Draft, Record};

/// Seals a draft onto a head (`None`: as a genesis) with a fresh id: two attempts at the same
/// draft never hash alike, so an older one can't be taken for this one.
pub fn seal(log_id: LogId, partition: Partition, head: Option<Head>, draft: Draft) -> Record {
    seal_with_id(Uuid::new_v4(), log_id, partition, head, draft)
}

/// [`seal`] with a given id, for copies and worked examples.
pub fn seal_with_id(
    id: Uuid,
    log_id: LogId,
    partition: Partition,
    head: Option<Head>,
    draft: Draft,
) -> Record {
    let sequence = head.map_or(Sequence(0), |head| Sequence(head.sequence.0 + 1));
    let previous = head.map_or(Hash::ZERO, |head| head.hash);

    let mut id_text = Uuid::encode_buffer();
    let id_text = id.hyphenated().encode_lower(&mut id_text);
    let sequence_text = attributes::sequence(sequence.0);
    let previous_text = previous.hex();
    let source = attributes::source(log_id.0);
    let time = attributes::time(draft.time);

    let mut pairs: Vec<(&str, &[u8])> = Vec::with_capacity(7 + draft.attributes.len());
    pairs.extend([
        (attributes::ID, id_text.as_bytes()),
        (attributes::PREVIOUS, &previous_text[..]),
        (attributes::SEQUENCE, sequence_text.as_bytes()),
        (attributes::SOURCE, source.as_bytes()),
        (
            attributes::SPECVERSION,
            attributes::SPECVERSION_1_0.as_bytes(),
        ),
        (attributes::TIME, time.as_bytes()),
        (attributes::TYPE, draft.kind.as_bytes()),
    ]);
    pairs.extend(
        draft
            .attributes
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    pairs.sort_unstable_by_key(|(name, _)| *name);
    debug_assert!(
        pairs.is_sorted_by(|one, next| one.0 < next.0),
        "a draft repeats an attribute: {:?}",
        draft.attributes
    );

    let mut packed = BytesMut::with_capacity(640);
    for (name, value) in pairs {
        // The prefix is part of the hashed name.
        bytes::BufMut::put_u32(&mut packed, (attributes::PREFIX.len() + name.len()) as u32);
        packed.extend_from_slice(attributes::PREFIX.as_bytes());
        packed.extend_from_slice(name.as_bytes());
        put(&mut packed, value);
    }
    let packed = packed.freeze();
    Record {
        hash: hash(log_id, partition, &draft.key, &packed, &draft.data),
        key: draft.key,
        packed,
        traceparent: draft.traceparent.map(Into::into),
        data: draft.data,
        previous,
        sequence,
    }
}
