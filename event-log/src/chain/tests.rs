//! The hash and the rule on single records, against the worked example that
//! `schemas/example/check.sh` computes with nothing but `sha256sum`.

use bytes::{Bytes, BytesMut};
use docket_schemas::attributes::header;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::Place;
use crate::cursor::{Cursor, Head, Sequence};
use crate::error::Error;
use crate::packed::{self, Headers};
use crate::port::RawEntry;
use crate::record::{Draft, Record};

fn example() -> Value {
    serde_json::from_str(include_str!("../../../schemas/example/records.json")).unwrap()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap()
}

fn entry(at: u64, record: &Value) -> RawEntry {
    let headers = record["headers"].as_object().unwrap();
    // Backwards, since a transport promises no order.
    let headers = headers.iter().rev();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()));
    let mut buffer = BytesMut::new();
    let (hash, traceparent) = packed::pack(&mut buffer, headers);
    RawEntry {
        at: Place(at),
        key: text(record, "/key").to_owned().into(),
        packed: buffer.freeze(),
        hash,
        traceparent: traceparent.map(Bytes::copy_from_slice),
        data: text(record, "/data").to_owned().into(),
    }
}

fn cursor(example: &Value) -> Cursor {
    let log_id = LogId(text(example, "/log_id").parse().unwrap());
    Cursor::start(
        log_id,
        Partition(example["partition"].as_u64().unwrap() as u16),
    )
}

fn valid(cursor: &mut Cursor, entry: &RawEntry) -> Record {
    match classify(cursor, entry).unwrap() {
        Verdict::Valid(record, fact) => {
            cursor.advance(&record, fact.as_ref(), entry.at);
            cursor.next = entry.next();
            record
        }
        Verdict::Noise(reason) => panic!("{reason:?}"),
    }
}

#[test]
fn the_worked_example_is_a_valid_log() {
    let example = example();
    let mut cursor = cursor(&example);
    let genesis = valid(&mut cursor, &entry(0, &example["records"][0]));
    assert_eq!(
        genesis.hash.to_string(),
        text(&example, "/records/0/headers/ce_hash")
    );
    let second = valid(&mut cursor, &entry(1, &example["records"][1]));
    assert_eq!(
        second.hash.to_string(),
        text(&example, "/records/1/headers/ce_hash")
    );
    assert_eq!(
        (second.sequence, second.previous),
        (Sequence(1), genesis.hash)
    );
    assert_eq!(second.kind(), text(&example, "/records/1/headers/ce_type"));
}

#[test]
fn sealing_the_example_s_draft_gives_its_bytes() {
    let example = example();
    let cursor = cursor(&example);
    let wanted = entry(1, &example["records"][1]);
    let headers = &example["records"][1]["headers"];
    let attribute = |name: &'static str| (name, text(headers, &format!("/ce_{name}")).to_owned());
    let previous = text(headers, "/ce_previous");
    let draft = Draft {
        kind: Box::leak(text(headers, "/ce_type").to_owned().into_boxed_str()),
        key: wanted.key.clone(),
        time: text(headers, "/ce_time").parse().unwrap(),
        attributes: [
            "origin",
            "actor",
            "commandid",
            "commanddigest",
            "occurredat",
        ]
        .map(attribute)
        .to_vec(),
        traceparent: None,
        data: wanted.data.clone(),
    };
    let head = Head {
        sequence: Sequence(0),
        hash: Hash::from_hex(previous.as_bytes()).unwrap(),
    };
    let id = text(headers, "/ce_id").parse().unwrap();
    let sealed = seal_with_id(id, cursor.log_id, cursor.partition, Some(head), draft);
    assert_eq!(sealed.packed, wanted.packed);
    assert_eq!(Some(sealed.hash), wanted.hash);
}

#[test]
fn the_first_genesis_is_it_and_only_a_genesis_can_be_first() {
    let example = example();
    let mut cursor = cursor(&example);
    let second = entry(0, &example["records"][1]);
    assert_noise(&cursor, &second, NoiseReason::ExtendsAnother);
    let genesis = entry(0, &example["records"][0]);
    valid(&mut cursor, &genesis);
    assert_noise(&cursor, &genesis, NoiseReason::ExtendsAnother);
}

#[track_caller]
fn assert_noise(cursor: &Cursor, entry: &RawEntry, wanted: NoiseReason) {
    match classify(cursor, entry).unwrap() {
        Verdict::Noise(reason) => assert_eq!(reason, wanted),
        Verdict::Valid(record, _) => panic!("{record:?} is valid"),
    }
}

/// The same entry with one header changed (or left out), hashed anew unless that is said not to.
fn altered(cursor: &Cursor, entry: &RawEntry, name: &str, value: Option<&str>) -> RawEntry {
    let kept = Headers::new(&entry.packed).filter(|(found, _)| *found != name);
    let added = value.map(|value| (name, value.as_bytes()));
    let mut buffer = BytesMut::new();
    packed::pack(&mut buffer, kept.chain(added));
    let packed = buffer.freeze();
    let hash = hash(
        cursor.log_id,
        cursor.partition,
        &entry.key,
        &packed,
        &entry.data,
    );
    RawEntry {
        packed,
        hash: Some(hash),
        ..entry.clone()
    }
}

#[test]
fn what_every_record_has_must_be_there_once_and_well_formed() {
    let example = example();
    let mut cursor = cursor(&example);
    valid(&mut cursor, &entry(0, &example["records"][0]));
    let second = entry(1, &example["records"][1]);
    for name in [
        header::PREVIOUS,
        header::SEQUENCE,
        header::SPECVERSION,
        header::TYPE,
    ] {
        assert_noise(
            &cursor,
            &altered(&cursor, &second, name, None),
            NoiseReason::NotARecord,
        );
    }
    for (name, value, reason) in [
        (header::SEQUENCE, "1", NoiseReason::WrongSequence),
        (
            header::SEQUENCE,
            "00000000000000000002",
            NoiseReason::WrongSequence,
        ),
        (header::PREVIOUS, "00", NoiseReason::NotARecord),
    ] {
        assert_noise(
            &cursor,
            &altered(&cursor, &second, name, Some(value)),
            reason,
        );
    }
    let mut twice = BytesMut::from(&second.packed[..]);
    packed::put(&mut twice, b"ce_type");
    packed::put(&mut twice, b"docket.ticket.other.v1");
    let twice = RawEntry {
        packed: twice.freeze(),
        ..second.clone()
    };
    assert_noise(&cursor, &twice, NoiseReason::NotARecord);
    let more = altered(
        &cursor,
        &second,
        "ce_unheardof",
        Some("is hashed and ignored"),
    );
    valid(&mut cursor, &more);
}

#[test]
fn a_newer_envelope_stops_the_reader_whatever_its_hash() {
    let example = example();
    let mut cursor = cursor(&example);
    let genesis = entry(0, &example["records"][0]);
    let newer = text(&example, "/records/0/data").replace("version\":1", "version\":2");
    let newer = RawEntry {
        data: newer.into(),
        ..genesis.clone()
    };
    assert_future(&cursor, &newer);
    valid(&mut cursor, &genesis);
    let second = entry(1, &example["records"][1]);
    let mut newer = altered(&cursor, &second, header::SPECVERSION, Some("2.0"));
    assert_future(&cursor, &newer);
    newer.hash = None;
    assert_future(&cursor, &newer);
    let control = altered(&cursor, &second, header::TYPE, Some("docket.log.folded.v1"));
    assert_future(&cursor, &control);
    // One that doesn't extend the head is noise, wherever it comes from.
    cursor.head = None;
    assert_noise(&cursor, &control, NoiseReason::ExtendsAnother);
}

#[track_caller]
fn assert_future(cursor: &Cursor, entry: &RawEntry) {
    let verdict = classify(cursor, entry);
    assert!(
        matches!(verdict, Err(Error::FutureEnvelope { .. })),
        "{verdict:?}"
    );
}

proptest! {
    /// Whoever flips any bit of a record makes it noise, or at least another record: nothing but
    /// the very bytes that were sealed is valid under that hash.
    #[test]
    fn a_flipped_bit_shows(
        data in proptest::collection::vec(any::<u8>(), 1..200),
        key in "[a-z0-9-]{1,50}",
        actor in "\\PC{0,40}",
        bit in any::<proptest::sample::Index>(),
    ) {
        let log_id = LogId(Uuid::from_u128(7));
        let head = Head { sequence: Sequence(41), hash: Hash([9; 32]) };
        let mut cursor = Cursor::start(log_id, Partition(3));
        cursor.head = Some(head);
        let draft = Draft {
            kind: "docket.ticket.opened.v1",
            key: key.into(),
            time: Timestamp::UNIX_EPOCH,
            attributes: vec![("actor", actor)],
            traceparent: None,
            data: data.into(),
        };
        let record = seal(log_id, Partition(3), Some(head), draft);
        let sound = RawEntry::of(&record, Place(0));
        prop_assert!(matches!(classify(&cursor, &sound), Ok(Verdict::Valid(..))));
        let fields = [&sound.key, &sound.packed, &sound.data];
        let bits = 8 * fields.iter().map(|field| field.len()).sum::<usize>();
        let bit = bit.index(bits);
        let mut byte = bit / 8;
        let flipped = fields.map(|field| {
            let mut field = field.to_vec();
            if let Some(found) = field.get_mut(byte) {
                *found ^= 1 << (bit % 8);
            }
            byte = byte.wrapping_sub(field.len());
            Bytes::from(field)
        });
        let [key, packed, data] = flipped;
        let forged = RawEntry { key, packed, data, ..sound };
        prop_assert!(!matches!(classify(&cursor, &forged), Ok(Verdict::Valid(..))));
    }
}
