//! The AsyncAPI document names exactly the types and headers that the code has, and every file
//! and place it refers to exists.

use std::collections::BTreeSet;
use std::path::Path;

use docket_schemas::attributes::header;
use docket_schemas::{RECORD_BYTES_MAX, control, event};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(include_str!("../../asyncapi.json")).unwrap()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn names_the_types_that_the_code_has_and_no_others() {
    let document = document();
    let types: BTreeSet<_> = event::types()
        .chain(control::TYPES.iter().copied())
        .collect();
    assert_eq!(keys(&document["components"]["messages"]), types);
    assert_eq!(keys(&document["channels"]["events"]["messages"]), types);
    for (kind, message) in document["components"]["messages"].as_object().unwrap() {
        let reference = message["payload"]["schema"]["$ref"].as_str().unwrap();
        assert_eq!(reference, format!("json/{kind}.json"));
        let constant = &message["headers"]["allOf"][1]["properties"]["ce_type"]["const"];
        assert_eq!(constant, kind);
    }
}

#[test]
fn names_the_headers_that_the_code_has_and_no_others() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mut named = keys(&schemas["envelope"]["properties"]);
    named.extend(keys(&schemas["event_envelope"]["allOf"][1]["properties"]));
    assert!(named.remove("content-type") && named.remove("traceparent"));
    assert_eq!(named, header::ALL.iter().copied().collect());
}

#[test]
fn refers_only_to_what_is_there() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 40);
    for reference in found {
        if let Some(pointer) = reference.strip_prefix('#') {
            assert!(document.pointer(pointer).is_some(), "{reference}");
        } else {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(reference);
            assert!(file.is_file(), "{reference}");
        }
    }
}

#[test]
fn is_an_asyncapi_3_document_with_the_limits_and_the_rule_in_it() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["channels"]["events"]["address"], "docket.events");
    let kafka = &document["channels"]["events"]["bindings"]["kafka"];
    assert_eq!(kafka["topicConfiguration"]["retention.ms"], -1);
    assert_eq!(kafka["topicConfiguration"]["retention.bytes"], -1);
    assert_eq!(kafka["topicConfiguration"]["cleanup.policy"][0], "delete");
    let rule = document["channels"]["events"]["description"]
        .as_str()
        .unwrap();
    assert!(rule.contains(
        "valid if and only if its `ce_previous` equals the `ce_hash` of the last valid record"
    ));
    assert!(rule.contains(&RECORD_BYTES_MAX.to_string()));
}
