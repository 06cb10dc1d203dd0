//! What is not exactly what a type has is refused: when it is written or when it is read.

use docket_domain::TicketEvent;
use docket_domain::command::Amendment;
use docket_domain::text::Text;
use docket_schemas::attributes::{self, CommandDigest, EventAttributes};
use docket_schemas::control::{Barrier, decode};
use docket_schemas::{DATA_BYTES_MAX, DecodeError, EncodeError, ticket};

#[test]
fn attributes_that_are_something_else_are_refused() {
    for text in ["7", "0000000000000000000x", "+0000000000000000007", ""] {
        assert!(attributes::parse_sequence(text).is_err(), "{text}");
    }
    for text in [
        "manager",
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000001/king",
        "x/manager",
    ] {
        assert!(attributes::parse_actor(text).is_err(), "{text}");
    }
    for text in ["0F0f0f0f0f0f0f0f", "0f0f", "0f0f0f0f0f0f0f0g", ""] {
        assert!(text.parse::<CommandDigest>().is_err(), "{text}");
    }
    assert!(attributes::parse_source_sequence("+1").is_err());
    assert!(attributes::parse_source_sequence("").is_err());
    let missing = EventAttributes::from_lookup(|_| None).unwrap_err();
    assert_eq!(missing.to_string(), "the attribute actor is missing");
}

#[test]
fn an_event_that_does_not_fit_a_record_is_refused() {
    let long = Text::new("\"".repeat(1000)).unwrap();
    let names = (0..50).map(|n| Text::new(format!("field {n}")).unwrap());
    let amendment = Amendment {
        fields: names.map(|name| (name, Some(long.clone()))).collect(),
        ..Amendment::default()
    };
    match ticket::encode(&TicketEvent::Amended(amendment.into())) {
        Err(EncodeError::TooLarge { kind, actual }) => {
            assert_eq!(kind, "docket.ticket.amended.v1");
            assert!(actual > DATA_BYTES_MAX);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_of_a_newer_version_is_refused_and_not_half_read() {
    let unknown = ticket::decode("docket.ticket.praised.v1", b"{}").unwrap_err();
    assert!(
        matches!(unknown, DecodeError::UnknownType { .. }),
        "{unknown}"
    );
    let newer = ticket::decode("docket.ticket.cancelled.v2", br#"{"reason":"x"}"#).unwrap_err();
    assert!(matches!(newer, DecodeError::UnknownType { .. }), "{newer}");

    for (kind, data) in [
        ("cancelled", r#"{"reason":"x","by":"phone"}"#),
        ("cancelled", "{}"),
        ("cancelled", r#"{"reason":null}"#),
        ("cancelled", r#"{"reason":"x"} "#.trim_end_matches("} ")),
        ("cancelled", r#"{"reason":"x"}{}"#),
        ("travel_started", r#"{"by":"train"}"#),
        ("resumed", r#"{"to":"somebody"}"#),
        ("amended", r#"{"subject":null}"#),
        ("amended", r#"{"place":{"planet":"Mars"}}"#),
    ] {
        let kind = format!("docket.ticket.{kind}.v1");
        let error = ticket::decode(&kind, data.as_bytes()).unwrap_err();
        assert!(matches!(error, DecodeError::Json { .. }), "{data}: {error}");
    }
}

#[test]
fn a_value_the_domain_does_not_have_is_refused_by_field() {
    for (kind, data, field) in [
        ("cancelled", r#"{"reason":" "}"#, "reason"),
        ("cancelled", r#"{"reason":"a\u0000b"}"#, "reason"),
        (
            "amended",
            r#"{"place":{"point":{"latitude":91,"longitude":0}}}"#,
            "place.point",
        ),
        (
            "opened",
            r#"{"number":"98751","customer":{"unregistered":{"erased":true}},"channel":"web",
                "subject":"x","priority":"low"}"#,
            "number",
        ),
    ] {
        let kind = format!("docket.ticket.{kind}.v1");
        match ticket::decode(&kind, data.as_bytes()) {
            Err(DecodeError::Field { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{data}: {other:?}"),
        }
    }
}

#[test]
fn a_control_record_of_a_newer_version_stops_the_reader() {
    for kind in ["docket.log.barrier.v2", "docket.log.split.v1"] {
        let error = decode(kind, b"{}").unwrap_err();
        assert!(matches!(error, DecodeError::UnknownType { .. }), "{error}");
    }
    let more = br#"{"answers":[],"until":7}"#;
    let error = decode(Barrier::TYPE, more).unwrap_err();
    assert!(matches!(error, DecodeError::Json { .. }), "{error}");
    assert_eq!(decode("docket.ticket.arrived.v1", b"{}").unwrap(), None);
}
