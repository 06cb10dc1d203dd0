//! What is released stays as it is: schemas and golden bytes are compared with what is checked in,
//! and that with the digests in `released.txt`. `DOCKET_BLESS=1` writes the files of a new type or
//! version; nothing here ever changes one that exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use docket_schemas::control::{self, Control};
use docket_schemas::{event, schema};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{hexadecimal, samples};

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The released file, which is `expected` if it is being released just now.
#[track_caller]
fn released_file(path: &Path, expected: &[u8]) -> Vec<u8> {
    let bless = std::env::var_os("DOCKET_BLESS").is_some();
    if bless && !path.exists() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
        let digest = format!("{}  {}\n", sha256(expected), relative(path));
        let mut list = fs::read_to_string(directory("released.txt")).unwrap_or_default();
        list.push_str(&digest);
        fs::write(directory("released.txt"), list).unwrap();
    }
    fs::read(path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; if the type is new, run the test with DOCKET_BLESS=1 and check in what \
             it writes",
            path.display()
        )
    })
}

fn relative(path: &Path) -> String {
    let relative = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    relative.to_str().unwrap().to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::digest(bytes))
}

fn encoded(control: &Control) -> (&'static str, Vec<u8>) {
    let data = match control {
        Control::Genesis(fact) => fact.encode(),
        Control::Barrier(fact) => fact.encode(),
        Control::Claimed(fact) => fact.encode(),
        Control::Closed(fact) => fact.encode(),
        Control::Opened(fact) => fact.encode(),
    };
    (control.kind(), data.unwrap())
}

/// The type that a golden file is of: its name up to the version.
fn kind_of(file: &str) -> String {
    file.split('.').take(4).collect::<Vec<_>>().join(".")
}

fn files_in(name: &str) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (stem, fs::read(path).unwrap())
        })
        .collect()
}

fn schema_of(kind: &str) -> Value {
    let path = directory("json").join(format!("{kind}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_wire_structs_still_have_the_released_schemas() {
    for schema in schema::all() {
        let mut expected = serde_json::to_string_pretty(&schema.schema).unwrap();
        expected.push('\n');
        let path = directory("json").join(format!("{}.json", schema.kind));
        let released = String::from_utf8(released_file(&path, expected.as_bytes())).unwrap();
        assert_eq!(
            released, expected,
            "{} is released and may not change; add the next version and an upcaster",
            schema.kind
        );
    }
}

#[test]
fn events_are_written_to_the_released_bytes_and_read_back() {
    for (name, event) in samples::events() {
        let (kind, data) = event::encode(&event).unwrap();
        assert_eq!(kind, kind_of(name));
        let path = directory("golden").join(format!("{name}.json"));
        let golden = released_file(&path, &data);
        assert_eq!(
            String::from_utf8_lossy(&data),
            String::from_utf8_lossy(&golden),
            "{name}"
        );
        assert_eq!(event::decode(kind, &golden).unwrap(), event, "{name}");
    }
}

#[test]
fn control_records_are_written_to_the_released_bytes_and_read_back() {
    for (name, fact) in samples::controls() {
        let (kind, data) = encoded(&fact);
        assert_eq!(kind, kind_of(name));
        let path = directory("golden").join(format!("{name}.json"));
        let golden = released_file(&path, &data);
        assert_eq!(
            String::from_utf8_lossy(&data),
            String::from_utf8_lossy(&golden),
            "{name}"
        );
        assert_eq!(
            control::decode(kind, &golden).unwrap(),
            Some(fact),
            "{name}"
        );
    }
}

#[test]
fn every_released_sample_is_still_read_and_fits_its_schema() {
    let golden = files_in("golden");
    assert!(!golden.is_empty());
    for (name, data) in golden {
        let kind = kind_of(&name);
        if control::decode(&kind, &data).unwrap().is_none() {
            event::decode(&kind, &data).unwrap();
        }
        let validator = jsonschema::validator_for(&schema_of(&kind)).unwrap();
        let value = serde_json::from_slice(&data).unwrap();
        let faults: Vec<_> = validator
            .iter_errors(&value)
            .map(|e| e.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn every_type_has_a_schema_and_a_sample() {
    let kinds = |files: BTreeMap<String, _>| -> BTreeSet<String> {
        files.keys().map(|name| kind_of(name)).collect()
    };
    let schemas = kinds(files_in("json"));
    assert_eq!(schemas, kinds(files_in("golden")));
    for kind in event::types().chain(control::TYPES.iter().copied()) {
        assert!(schemas.contains(kind), "{kind}");
    }
}

#[test]
fn what_was_released_has_the_digest_it_was_released_with() {
    let list = fs::read_to_string(directory("released.txt")).unwrap();
    let mut listed = BTreeSet::new();
    for line in list.lines() {
        let (digest, file) = line.split_once("  ").unwrap();
        let bytes = fs::read(directory(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(sha256(&bytes), digest, "{file} is released and was changed");
        assert!(listed.insert(file.to_owned()), "{file} is listed twice");
    }
    for folder in ["json", "golden"] {
        for name in files_in(folder).keys() {
            let file = format!("{folder}/{name}.json");
            assert!(listed.contains(&file), "{file} is not in released.txt");
        }
    }
}

#[test]
fn personal_data_is_marked_in_the_schemas() {
    fn marks(schema: &Value) -> usize {
        match schema {
            Value::Object(fields) => {
                let here = fields.get("x-personal-data") == Some(&Value::Bool(true));
                usize::from(here) + fields.values().map(marks).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(marks).sum(),
            _ => 0,
        }
    }
    for (kind, expected) in [
        // Caller, subject, description, place.
        ("docket.ticket.opened.v1", 4),
        // Subject, description, place.
        ("docket.ticket.amended.v1", 3),
        ("docket.ticket.held.v1", 1),
        ("docket.ticket.resolved.v1", 1),
        ("docket.ticket.comment_added.v1", 1),
        ("docket.ticket.linked.v1", 0),
        // Name.
        ("docket.consultant.registered.v1", 1),
        ("docket.consultant.profile_changed.v1", 1),
        ("docket.consultant.place_changed.v1", 1),
        // Name, phone, e-mail address.
        ("docket.customer.registered.v1", 3),
        ("docket.customer.contact_changed.v1", 3),
        ("docket.customer.preferences_changed.v1", 0),
        ("docket.survey.invited.v1", 0),
        ("docket.survey.answered.v1", 1),
        // A store's place is a business's.
        ("docket.catalogue.put.v1", 0),
    ] {
        assert_eq!(marks(&schema_of(kind)), expected, "{kind}");
    }
}
