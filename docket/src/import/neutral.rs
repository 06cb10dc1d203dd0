//! The neutral format: NDJSON, one command per line. docs/import.md has it in full.
//!
//! It is the bulk request's line, but that tickets and people go by whatever names the other system
//! has for them ([`reference`]), and that idempotency key and source sequence may be left out: the
//! line's number then rises per ticket and person, and stays the same as long as lines are only
//! added at the end. Not so of the catalogue, which all files have in common: their line numbers
//! would run into one another.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::ImportError;
use super::item::{BulkLine, Item, Line, Stream, Unmapped, default_key};
use super::reference;

/// Longer lines can't be a command the API takes (a record is at most 64 KiB).
const LINE_MAX: u64 = 256 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeutralLine {
    command: String,
    ticket: Option<String>,
    consultant: Option<String>,
    customer: Option<String>,
    idempotency_key: Option<String>,
    occurred_at: Option<Timestamp>,
    source_sequence: Option<u64>,
    if_match: Option<Value>,
    #[serde(default = "empty")]
    body: Value,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Reads the whole file and hands on its commands, until `sink` breaks off.
pub(super) fn read(
    input: impl Read,
    source: &str,
    sink: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let mut input = BufReader::new(input);
    let mut text = Vec::new();
    for row in 1.. {
        text.clear();
        if input.by_ref().take(LINE_MAX).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let whole = text.last() == Some(&b'\n') || (text.len() as u64) < LINE_MAX;
        let blank = text.iter().all(u8::is_ascii_whitespace);
        let item = if !whole {
            input.skip_until(b'\n')?;
            unmapped(
                row,
                "too_long",
                format!("the line is longer than {LINE_MAX} bytes"),
            )
        } else if blank {
            continue;
        } else {
            line(source, row, &text)
        };
        let read = Item::Rows {
            read: 1,
            unchanged: 0,
        };
        if sink(read).is_break() || sink(item).is_break() {
            break;
        }
    }
    Ok(())
}

fn line(source: &str, row: u64, text: &[u8]) -> Item {
    match serde_json::from_slice::<NeutralLine>(text) {
        Ok(parsed) => match bulk_line(source, row, parsed) {
            Ok(line) => Item::Line(line),
            Err(detail) => unmapped(row, "unreadable", detail),
        },
        // Its own position would be "line 1".
        Err(error) => {
            let detail = error.to_string();
            let detail = detail.split(" at line ").next().unwrap_or(&detail);
            unmapped(
                row,
                "unreadable",
                format!("{detail} (column {})", error.column()),
            )
        }
    }
}

/// The line as it is sent; or what is wrong with it.
fn bulk_line(source: &str, row: u64, line: NeutralLine) -> Result<Line, String> {
    let (stream, name) = match (&line.ticket, &line.consultant, &line.customer) {
        (Some(name), None, None) => {
            let id = reference::ticket(source, named("ticket", name)?);
            (Some(Stream::Ticket(id)), name.as_str())
        }
        (None, Some(name), None) => {
            let id = reference::person(source, named("consultant", name)?);
            (Some(Stream::Consultant(id)), name.as_str())
        }
        (None, None, Some(name)) => {
            let id = reference::person(source, named("customer", name)?);
            (Some(Stream::Customer(id)), name.as_str())
        }
        (None, None, None) if line.command.starts_with("catalogue.") => (None, "catalogue"),
        (None, None, None) => {
            return Err("missing field `ticket`, `consultant` or `customer`".to_owned());
        }
        _ => {
            return Err(
                "more than one of the fields `ticket`, `consultant` and `customer`".to_owned(),
            );
        }
    };
    let sequence = match (line.source_sequence, stream) {
        (Some(sequence), _) => sequence,
        (None, Some(_)) => row,
        (None, None) => {
            return Err(
                "missing field `source_sequence`: the catalogue is one for all files, so it can't \
                 be the line's number"
                    .to_owned(),
            );
        }
    };
    let mut body = line.body;
    for (field, path, id) in [
        (
            "customer",
            "body.customer",
            reference::person as fn(&str, &str) -> _,
        ),
        ("consultant", "body.consultant", reference::person),
        ("ticket", "body.ticket", reference::ticket),
    ] {
        if let Some(Value::String(name)) = body.get_mut(field) {
            *name = id(source, named(path, name)?).to_string();
        }
    }
    let bulk = BulkLine {
        command: &line.command,
        stream,
        idempotency_key: line
            .idempotency_key
            .unwrap_or_else(|| default_key(stream, sequence)),
        occurred_at: line.occurred_at,
        source_sequence: sequence,
        if_match: line.if_match,
        body,
    };
    Ok(bulk.into_line(row, name))
}

/// The reference, unless it is blank: those of all lines would become one and the same.
fn named<'a>(field: &str, reference: &'a str) -> Result<&'a str, String> {
    if reference.trim().is_empty() {
        return Err(format!(
            "the field `{field}` is blank: it must name somebody or something, or be left out"
        ));
    }
    Ok(reference)
}

fn unmapped(row: u64, reason: &'static str, detail: String) -> Item {
    Item::Unmapped(Unmapped {
        row,
        reference: String::new(),
        reason,
        detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> (Vec<Value>, Vec<(u64, &'static str, String)>) {
        let (mut lines, mut unmapped) = (Vec::new(), Vec::new());
        read(text.as_bytes(), "crm", &mut |item| {
            match item {
                Item::Line(line) => lines.push(serde_json::from_slice(&line.json).expect("JSON")),
                Item::Unmapped(it) => unmapped.push((it.row, it.reason, it.detail)),
                Item::Rows { .. } => {}
            }
            ControlFlow::Continue(())
        })
        .expect("readable");
        (lines, unmapped)
    }

    #[test]
    fn names_become_ids_and_the_line_number_the_source_sequence() {
        let (lines, unmapped) = read_all(
            r#"{"command":"open","ticket":"C-7","occurred_at":"2020-01-02T03:04:05Z","body":{"customer":"Ann","subject":"s"}}

{"command":"accept","ticket":"C-7"}
{"command":"links","ticket":"C-7","source_sequence":90,"idempotency_key":"k","body":{"ticket":"C-8","relation":"related"}}"#,
        );
        assert!(unmapped.is_empty(), "{unmapped:?}");
        let ticket = reference::ticket("crm", "C-7").to_string();
        assert!(lines.iter().all(|line| line["ticket"] == ticket.as_str()));
        let ann = reference::person("crm", "Ann").to_string();
        assert_eq!(lines[0]["body"]["customer"], ann.as_str());
        assert_eq!(lines[0]["idempotency_key"], format!("{ticket}:1"));
        assert_eq!(lines[1]["source_sequence"], 3, "a blank line counts too");
        assert_eq!(lines[1]["body"], empty());
        assert_eq!(lines[2]["source_sequence"], 90);
        assert_eq!(lines[2]["idempotency_key"], "k");
        let other = reference::ticket("crm", "C-8").to_string();
        assert_eq!(lines[2]["body"]["ticket"], other.as_str());
    }

    #[test]
    fn people_go_by_names_and_the_catalogue_by_none() {
        let (lines, unmapped) = read_all(
            r#"{"command":"consultant.register","consultant":"bob","body":{"name":"Bob","capacity":3}}
{"command":"customer.register","customer":"ann","body":{"name":"Ann","consultant":"bob"}}
{"command":"catalogue.put_skill","source_sequence":7,"body":{"name":"optics"}}"#,
        );
        assert!(unmapped.is_empty(), "{unmapped:?}");
        let bob = reference::person("crm", "bob").to_string();
        let ann = reference::person("crm", "ann").to_string();
        assert_eq!(
            lines,
            [
                serde_json::json!({
                    "command": "consultant.register", "consultant": bob,
                    "idempotency_key": format!("{bob}:1"), "source_sequence": 1,
                    "body": {"name": "Bob", "capacity": 3},
                }),
                serde_json::json!({
                    "command": "customer.register", "customer": ann,
                    "idempotency_key": format!("{ann}:2"), "source_sequence": 2,
                    "body": {"name": "Ann", "consultant": bob},
                }),
                serde_json::json!({
                    "command": "catalogue.put_skill", "idempotency_key": "catalogue:7",
                    "source_sequence": 7, "body": {"name": "optics"},
                }),
            ]
        );
    }

    #[test]
    fn a_line_says_which_one_it_is_about() {
        let (lines, unmapped) = read_all(
            r#"{"command":"consultant.retire"}
{"command":"accept","ticket":"a","customer":"b"}
{"command":"catalogue.put_skill","body":{"name":"optics"}}"#,
        );
        assert!(lines.is_empty(), "{lines:?}");
        for ((_, _, told), part) in unmapped.iter().zip(["consultant", "one of", "sequence"]) {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(unmapped.len(), 3);
    }

    /// An export writes a customer whom it doesn't know as blank, which is nobody's name.
    #[test]
    fn a_blank_reference_is_refused_with_its_field() {
        let (lines, unmapped) = read_all(
            r#"{"command":"accept","ticket":""}
{"command":"consultant.retire","consultant":" "}
{"command":"customer.register","customer":"\t\u00a0","body":{"name":"Ann"}}
{"command":"open","ticket":"C-7","body":{"customer":"  ","subject":"s"}}
{"command":"assign","ticket":"C-7","body":{"consultant":""}}
{"command":"links","ticket":"C-7","body":{"ticket":"\n","relation":"related"}}
{"command":"open","ticket":"C-8","body":{"customer":null,"subject":"s"}}
{"command":"open","ticket":"C-9","body":{"subject":"s"}}"#,
        );
        let told: Vec<_> = unmapped
            .iter()
            .map(|(row, reason, detail)| (*row, *reason, detail.split('`').nth(1).unwrap_or("")))
            .collect();
        assert_eq!(
            told,
            [
                (1, "unreadable", "ticket"),
                (2, "unreadable", "consultant"),
                (3, "unreadable", "customer"),
                (4, "unreadable", "body.customer"),
                (5, "unreadable", "body.consultant"),
                (6, "unreadable", "body.ticket"),
            ]
        );
        assert_eq!(lines.len(), 2, "whom nobody names is nobody");
    }

    #[test]
    fn a_line_that_is_no_command_is_reported_and_the_next_ones_count() {
        let long = "x".repeat(LINE_MAX as usize + 5);
        let (lines, unmapped) = read_all(&format!(
            "{{\"command\":\n{{\"ticket\":\"a\"}}\n{{\"command\":\"accept\",\"ticket\":\"a\",\"when\":1}}\n{long}\n{{\"command\":\"accept\",\"ticket\":\"a\"}}"
        ));
        assert_eq!(lines.len(), 1);
        let rows: Vec<_> = unmapped
            .iter()
            .map(|(row, reason, _)| (*row, *reason))
            .collect();
        assert_eq!(
            rows,
            [
                (1, "unreadable"),
                (2, "unreadable"),
                (3, "unreadable"),
                (4, "too_long")
            ]
        );
        assert!(
            unmapped[1].2.contains("missing field `command`"),
            "{}",
            unmapped[1].2
        );
        assert!(
            unmapped[2].2.contains("unknown field `when`"),
            "{}",
            unmapped[2].2
        );
    }
}
