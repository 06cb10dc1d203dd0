//! The catalogue: what an event puts in or takes out, as rows. Pure.

use std::collections::{BTreeSet, HashMap};

use docket_domain::catalogue::{CatalogueEvent, Entry, EntryKind, Key};
use docket_domain::text::Label;
use jiff_sqlx::Timestamp;
use serde_json::{Value, json};

use super::fold::Happening;
use super::personal::place_json;
use super::words;

/// The one row of `catalogue`: how far the stream is.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub(crate) struct CatalogueRow {
    pub(crate) stream: String,
    pub(crate) version: i32,
    pub(crate) updated_at: Timestamp,
    pub(crate) partition: i32,
}

/// What finds a row of `catalogue_entry`.
pub(crate) type EntryKey = (EntryKind, String);

/// A row of `catalogue_entry`.
#[derive(Debug)]
pub(crate) struct EntryRow {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
    pub(crate) content: Value,
}

/// A row of `catalogue_entry` that goes.
#[derive(Debug)]
pub(crate) struct GoneEntry {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
}

/// The stream after one event more. No event is out of place here.
pub(crate) fn apply(before: Option<&CatalogueRow>, happening: &Happening) -> CatalogueRow {
    CatalogueRow {
        stream: "catalogue".to_owned(),
        version: before.map_or(0, |before| before.version) + 1,
        updated_at: before.map_or(happening.occurred_at, |before| {
            before.updated_at.max(happening.occurred_at)
        }),
        partition: happening.partition,
    }
}

/// Which entry an event is about, and what it is from then on; `None` if it is no more.
pub(crate) fn entry(event: &CatalogueEvent) -> (EntryKey, Option<Value>) {
    match event {
        CatalogueEvent::Put(entry) => (key(&entry.key()), Some(content(entry))),
        CatalogueEvent::Removed(removed) => (key(removed), None),
    }
}

/// The rows that entries which were put in, or (`None`) taken out, make and unmake.
pub(crate) fn rows(entries: HashMap<EntryKey, Option<Value>>) -> (Vec<EntryRow>, Vec<GoneEntry>) {
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for ((kind, key), content) in entries {
        let kind = words::entry_kind(kind);
        match content {
            Some(content) => rows.push(EntryRow { kind, key, content }),
            None => gone.push(GoneEntry { kind, key }),
        }
    }
    (rows, gone)
}

fn key(key: &Key) -> EntryKey {
    let text = match key {
        Key::Category(name) | Key::Skill(name) | Key::Store(name) | Key::Area(name) => {
            name.to_string()
        }
        Key::Holiday { date, area: None } => date.to_string(),
        Key::Holiday {
            date,
            area: Some(area),
        } => format!("{date} {area}"),
    };
    (key.kind(), text)
}

fn content(entry: &Entry) -> Value {
    let texts =
        |labels: &BTreeSet<Label>| -> Value { labels.iter().map(ToString::to_string).collect() };
    let optional = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
    match entry {
        Entry::Category { name, skills } => {
            json!({ "name": name.as_str(), "skills": texts(skills) })
        }
        Entry::Skill { name } | Entry::Area { name } => json!({ "name": name.as_str() }),
        Entry::Store { name, place, area } => json!({
            "name": name.as_str(),
            "place": place.as_ref().map(|place| place_json(place).0),
            "area": optional(area),
        }),
        Entry::Holiday { date, area, name } => json!({
            "date": date.to_string(),
            "area": optional(area),
            "name": name.as_str(),
        }),
    }
}
