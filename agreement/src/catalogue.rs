//! The catalogue: its stream, and the entries that the decider has in the end.

use docket_domain::catalogue::{Entry, Key};
use docket_domain::stream::Aggregate;
use serde_json::{Value, json};

use crate::fold::Expected;
use crate::history::History;
use crate::words::{label, labels, place, word};

/// How far it is.
pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let past = history.now();
    if matches!(past.state(), Aggregate::Catalogue(_)) {
        expected.row(
            "catalogue",
            json!({
                "stream": "catalogue",
                "version": past.version(),
                "updated_at": past.as_of(),
                "partition": past.first().partition,
            }),
        );
    }
}

/// What is in it.
pub(crate) fn entries(history: &History, expected: &mut Expected) {
    let Aggregate::Catalogue(catalogue) = history.now().state() else {
        return;
    };
    for (key, entry) in &catalogue.entries {
        let kind = word(entry.kind());
        expected.row(
            "catalogue_entry",
            json!({"kind": kind, "key": text(key), "content": content(entry)}),
        );
    }
}

fn text(key: &Key) -> String {
    match key {
        Key::Category(name) | Key::Skill(name) | Key::Store(name) | Key::Area(name) => {
            name.to_string()
        }
        Key::Holiday { date, area: None } => date.to_string(),
        Key::Holiday {
            date,
            area: Some(area),
        } => format!("{date} {area}"),
    }
}

fn content(entry: &Entry) -> Value {
    match entry {
        Entry::Category { name, skills } => {
            json!({"name": name.as_str(), "skills": labels(skills)})
        }
        Entry::Skill { name } | Entry::Area { name } => json!({"name": name.as_str()}),
        Entry::Store {
            name,
            place: at,
            area,
        } => {
            let at = at.as_ref().map(place);
            json!({"name": name.as_str(), "place": at, "area": label(area.as_ref())})
        }
        Entry::Holiday { date, area, name } => {
            let area = label(area.as_ref());
            json!({"date": date.to_string(), "area": area, "name": name.as_str()})
        }
    }
}
