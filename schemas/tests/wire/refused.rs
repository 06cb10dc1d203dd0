//! What is not exactly what a type has is refused: when it is written or when it is read.

use docket_domain::TicketEvent;
use docket_domain::command::Amendment;
use docket_domain::text::Text;
use docket_schemas::attributes::{self, CommandDigest, EventAttributes};
use docket_schemas::control::{Barrier, decode};
use docket_schemas::ticket::{DecisionV1, InvalidDecision};
use docket_schemas::{DATA_BYTES_MAX, DecodeError, EncodeError, consultant, event, ticket};
use serde_json::{Value, json};

use crate::samples;

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
    for kind in [
        "docket.ticket.praised.v1",
        "docket.ticket.cancelled.v2",
        "docket.consultant.retired.v2",
        "docket.customer.retired.v1",
        "docket.catalogue.put.v1.skill",
        "docket.catalogue",
        "docket.survey.answered.v2",
        "docket.weather.measured.v1",
        "docket.log.barrier.v1",
        "consultant.retired.v1",
        "",
    ] {
        match event::decode(kind, b"{}") {
            Err(DecodeError::UnknownType { kind: named }) => assert_eq!(named, kind),
            other => panic!("{kind}: {other:?}"),
        }
    }
    let of_another = consultant::decode("docket.ticket.arrived.v1", b"{}");
    assert!(matches!(of_another, Err(DecodeError::UnknownType { .. })));
}

#[test]
fn data_of_another_shape_is_refused() {
    for (kind, data) in [
        ("ticket.cancelled", r#"{"reason":"x","by":"phone"}"#),
        ("ticket.cancelled", "{}"),
        ("ticket.cancelled", r#"{"reason":null}"#),
        ("ticket.cancelled", r#"{"reason":"x""#),
        ("ticket.cancelled", r#"{"reason":"x"}{}"#),
        ("ticket.travel_started", r#"{"by":"train"}"#),
        ("ticket.resumed", r#"{"to":"somebody"}"#),
        ("ticket.amended", r#"{"place":{"planet":"Mars"}}"#),
        ("consultant.registered", r#"{"name":"Anna"}"#),
        ("consultant.registered", r#"{"name":"Anna","capacity":-1}"#),
        ("consultant.profile_changed", r#"{"name":"Anna","rank":1}"#),
        ("consultant.place_changed", "{}"),
        ("consultant.retired", r#"{"to":"Mallorca"}"#),
        ("customer.registered", r#"{"name":"Carla"}"#),
        ("customer.erased", r#"{"why":"asked"}"#),
        ("survey.invited", r#"{"channel":"email"}"#),
        (
            "survey.invited",
            r#"{"channel":"none","expires_at":"2026-12-04T08:15:30Z"}"#,
        ),
        ("survey.answered", r#"{"text":"fine"}"#),
        ("survey.answered", r#"{"score":4.5}"#),
        ("survey.answered", r#"{"score":5,"name":"Carla"}"#),
        (
            "catalogue.put",
            r#"{"entry":{"skill":{"name":"wifi","level":3}}}"#,
        ),
        ("catalogue.put", r#"{"entry":{"planet":{"name":"Mars"}}}"#),
        (
            "catalogue.put",
            r#"{"entry":{"skill":{"name":"x"},"area":{"name":"x"}}}"#,
        ),
        (
            "catalogue.removed",
            r#"{"key":{"holiday":{"date":"2026-02-30"}}}"#,
        ),
        ("catalogue.removed", r#"{"key":"skill"}"#),
    ] {
        assert_eq!(refused_as_json(kind, data), kind, "{data}");
    }
}

#[test]
fn null_is_refused_where_there_is_nothing_to_take_away() {
    for (kind, field) in [
        ("ticket.amended", "subject"),
        ("ticket.amended", "skills"),
        ("ticket.amended", "priority"),
        ("consultant.profile_changed", "name"),
        ("consultant.profile_changed", "skills"),
        ("consultant.profile_changed", "areas"),
        ("consultant.profile_changed", "languages"),
        ("consultant.profile_changed", "capacity"),
        ("consultant.availability_changed", "availability"),
        ("customer.contact_changed", "name"),
        ("customer.preferences_changed", "channel"),
        ("customer.preferences_changed", "surveys"),
    ] {
        let data = format!(r#"{{"{field}":null}}"#);
        assert_eq!(refused_as_json(kind, &data), kind, "{data}");
    }
}

/// Which event was refused for not being the JSON that its type has.
#[track_caller]
fn refused_as_json<'a>(kind: &'a str, data: &str) -> &'a str {
    match event::decode(&format!("docket.{kind}.v1"), data.as_bytes()) {
        Err(DecodeError::Json { .. }) => kind,
        other => panic!("{kind} {data}: {other:?}"),
    }
}

#[test]
fn a_value_the_domain_does_not_have_is_refused_by_field() {
    const SHIFT: &str = r#"{"hours":{"zone":"Europe/Berlin","shifts":[
        {"weekday":"monday","from":"FROM","to":"17:00"}]}}"#;
    let shift_from = |from| SHIFT.replace("FROM", from);
    for (kind, data, field) in [
        ("ticket.cancelled", r#"{"reason":" "}"#, "reason"),
        ("ticket.cancelled", r#"{"reason":"a\u0000b"}"#, "reason"),
        (
            "ticket.amended",
            r#"{"place":{"point":{"latitude":91,"longitude":0}}}"#,
            "place.point",
        ),
        (
            "ticket.opened",
            r#"{"number":"98751","customer":{"unregistered":{"erased":true}},"channel":"web",
                "subject":"x","priority":"low"}"#,
            "number",
        ),
        (
            "consultant.registered",
            r#"{"name":"Anna","capacity":1,"skills":{"dsl":0}}"#,
            "skills",
        ),
        (
            "consultant.profile_changed",
            r#"{"skills":{"dsl":6}}"#,
            "skills",
        ),
        (
            "consultant.profile_changed",
            r#"{"areas":["berlin",""]}"#,
            "areas",
        ),
        (
            "consultant.availability_changed",
            r#"{"hours":{"zone":"../etc/passwd","shifts":[]}}"#,
            "hours.zone",
        ),
        (
            "consultant.availability_changed",
            &shift_from("8:05"),
            "hours.shifts",
        ),
        (
            "consultant.availability_changed",
            &shift_from("24:00"),
            "hours.shifts",
        ),
        (
            "consultant.availability_changed",
            &shift_from("08:60"),
            "hours.shifts",
        ),
        (
            "consultant.availability_changed",
            &shift_from("08:05:30"),
            "hours.shifts",
        ),
        (
            "consultant.availability_changed",
            &shift_from("+8:05"),
            "hours.shifts",
        ),
        (
            "consultant.place_changed",
            r#"{"place":{"point":{"latitude":0,"longitude":-181}}}"#,
            "place.point",
        ),
        ("customer.contact_changed", r#"{"phone":"nobody"}"#, "phone"),
        (
            "customer.contact_changed",
            r#"{"email":"a@b\r\nBcc: c@d"}"#,
            "email",
        ),
        (
            "customer.preferences_changed",
            r#"{"language":""}"#,
            "language",
        ),
        (
            "catalogue.put",
            r#"{"entry":{"skill":{"name":" "}}}"#,
            "entry.name",
        ),
        ("catalogue.removed", r#"{"key":{"store":""}}"#, "key"),
    ] {
        match event::decode(&format!("docket.{kind}.v1"), data.as_bytes()) {
            Err(DecodeError::Field { field: named, .. }) => assert_eq!(named, field, "{data}"),
            other => panic!("{data}: {other:?}"),
        }
    }
}

/// Else a reader with an older time-zone database would stop at what a newer one took.
#[test]
fn a_time_zone_that_nobody_here_knows_is_read_all_the_same() {
    let kind = "docket.consultant.availability_changed.v1";
    let data = br#"{"hours":{"zone":"Mars/Olympus_Mons","shifts":[]}}"#;
    let event = event::decode(kind, data).unwrap();
    assert_eq!(event::encode(&event).unwrap(), (kind, data.to_vec()));
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

#[test]
fn a_decision_that_no_router_can_have_taken_is_refused() {
    let consultant = samples::person(2);
    let taken = || serde_json::to_value(DecisionV1::from(&samples::decision(consultant))).unwrap();
    let read = |decision: Value| serde_json::from_value::<DecisionV1>(decision).unwrap();
    assert_eq!(
        read(taken()).for_consultant(consultant),
        Ok(samples::decision(consultant))
    );
    let refusal = |change: fn(&mut Value)| {
        let mut decision = taken();
        change(&mut decision);
        read(decision).for_consultant(consultant).unwrap_err()
    };
    for (change, expected) in [
        (
            (|d| d["best"][0]["consultant"] = d["best"][1]["consultant"].clone()) as fn(&mut Value),
            InvalidDecision::AnotherConsultant,
        ),
        (
            |d| d["best"] = json!([]),
            InvalidDecision::AnotherConsultant,
        ),
        (|d| d["considered"] = json!(4), InvalidDecision::Counts),
        (
            |d| d["excluded"]["skills"] = json!(u32::MAX),
            InvalidDecision::Counts,
        ),
        (
            |d| {
                let first = d["best"][0].clone();
                d["considered"] = json!(22);
                d["best"] = vec![first; 21].into();
            },
            InvalidDecision::TooMany,
        ),
        (
            |d| d["reserved"] = vec![d["reserved"][0].clone(); 257].into(),
            InvalidDecision::TooManyReserved,
        ),
        (
            |d| d["best"][1]["points"][4] = json!(65_535_001),
            InvalidDecision::Points,
        ),
    ] {
        assert_eq!(refusal(change), expected);
    }
}
