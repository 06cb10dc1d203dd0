//! The worked example of the chain rule: what `example/check.sh` computes with `sha256sum` alone is
//! what `example/records.json` says, and what the rule as written in the README comes to.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::hexadecimal;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/example");

#[derive(Deserialize)]
struct Example {
    log_id: String,
    partition: u16,
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    key: String,
    headers: BTreeMap<String, String>,
    data: String,
}

fn example() -> Example {
    serde_json::from_str(include_str!("../../example/records.json")).unwrap()
}

fn hash(example: &Example, record: &Record) -> String {
    let partition = example.partition.to_string();
    let mut items = vec![example.log_id.as_str(), &partition, &record.key];
    for (name, value) in &record.headers {
        if name.starts_with("ce_") && name != "ce_hash" {
            items.extend([name.as_str(), value]);
        }
    }
    items.push(&record.data);

    let mut hasher = Sha256::new();
    for item in items {
        hasher.update(u32::try_from(item.len()).unwrap().to_be_bytes());
        hasher.update(item);
    }
    hexadecimal(hasher.finalize())
}

#[test]
fn the_records_have_the_hashes_of_the_rule_and_extend_each_other() {
    let example = example();
    let mut head = docket_schemas::attributes::NO_PREVIOUS.to_owned();
    for (sequence, record) in (0..).zip(&example.records) {
        assert_eq!(record.headers["ce_previous"], head);
        assert_eq!(
            record.headers["ce_sequence"],
            docket_schemas::attributes::sequence(sequence)
        );
        head = hash(&example, record);
        assert_eq!(record.headers["ce_hash"], head);
    }
}

#[test]
fn a_stranger_with_a_shell_comes_to_the_same_hashes() {
    let output = Command::new("sh")
        .arg("check.sh")
        .current_dir(DIRECTORY)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let expected: Vec<_> = example()
        .records
        .iter()
        .map(|record| record.headers["ce_hash"].clone())
        .collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn the_records_are_ones_this_version_reads() {
    let example = example();
    let genesis = &example.records[0];
    let read = docket_schemas::control::Genesis::decode(genesis.data.as_bytes()).unwrap();
    assert_eq!(read.log_id.to_string(), example.log_id);
    assert_eq!(read.partition, example.partition);

    let event = &example.records[1];
    assert_eq!(
        docket_schemas::stream::partition_of(event.key.as_bytes(), read.partitions),
        example.partition
    );
    docket_schemas::attributes::EventAttributes::from_lookup(|name| {
        event.headers.get(&format!("ce_{name}")).map(String::as_str)
    })
    .unwrap();
}
