//! Whether a row agrees with the state that the decider folds from the same events.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::catalogue::{Catalogue, Entry, Key};
use docket_domain::command::Point;
use docket_domain::consultant::{Consultant, ConsultantState, Level, Shift};
use docket_domain::customer::{Customer, CustomerState};
use docket_domain::text::{Label, Personal, Text};
use docket_domain::ticket::Digest;
use serde_json::{Value, json};

/// Whether they work.
pub(crate) fn consultant_agrees(row: &Value, state: &Consultant) -> bool {
    assert_eq!(row["version"], json!(state.history().version), "{row:#}");
    as_of_agrees(row, state.history().as_of);
    let Consultant::Registered(state) = state else {
        assert_eq!(row["retired"], true, "{row:#}");
        return false;
    };
    let ConsultantState {
        history: _,
        name,
        team,
        skills,
        areas,
        travel_km_max,
        languages,
        capacity,
        availability,
        hours,
        place,
    } = &**state;
    assert_eq!(personal::<100>(row, "name"), Some(*name), "{row:#}");
    let level = |(name, level): (&Label, &Level)| (name.to_string(), level.get());
    let skills: BTreeMap<_, _> = skills.iter().map(level).collect();
    let texts = |labels: &BTreeSet<Label>| -> Vec<String> {
        labels.iter().map(ToString::to_string).collect()
    };
    let hours = hours.as_ref().map(|hours| {
        let shift = |shift: &Shift| {
            json!({
                "weekday": format!("{:?}", shift.weekday()).to_lowercase(),
                "from": shift.from().to_string()[..5],
                "to": shift.to().to_string()[..5],
            })
        };
        let shifts: Vec<Value> = hours.shifts.iter().map(shift).collect();
        json!({"zone": hours.zone.as_str(), "shifts": shifts})
    });
    for (field, expected) in [
        ("retired", json!(false)),
        ("team", json!(team.as_ref().map(ToString::to_string))),
        ("skills", json!(skills)),
        ("areas", json!(texts(areas))),
        ("travel_km_max", json!(travel_km_max)),
        ("languages", json!(texts(languages))),
        ("capacity", json!(capacity)),
        (
            "availability",
            json!(format!("{availability:?}").to_lowercase()),
        ),
        ("hours", json!(hours)),
    ] {
        assert_eq!(row[field], expected, "{field} of {row:#}");
    }
    let shown = !row["place"].is_null() || erased(row).contains(&"place".to_owned());
    assert_eq!(shown, place.is_some(), "{row:#}");
    true
}

/// Whether they are known.
pub(crate) fn customer_agrees(row: &Value, state: &Customer) -> bool {
    assert_eq!(row["version"], json!(state.history().version), "{row:#}");
    as_of_agrees(row, state.history().as_of);
    let Customer::Registered(state) = state else {
        assert!(!row["erased_at"].is_null(), "{row:#}");
        return false;
    };
    let CustomerState {
        history: _,
        name,
        phone,
        email,
        preferences,
    } = &**state;
    assert_eq!(personal::<100>(row, "name"), Some(*name), "{row:#}");
    assert_eq!(personal::<100>(row, "phone"), *phone, "{row:#}");
    assert_eq!(personal::<300>(row, "email"), *email, "{row:#}");
    let consultant = preferences.consultant.map(|consultant| consultant.0);
    let language = preferences.language.as_ref().map(ToString::to_string);
    for (field, expected) in [
        (
            "channel",
            json!(format!("{:?}", preferences.channel).to_lowercase()),
        ),
        ("language", json!(language)),
        ("consultant", json!(consultant)),
        ("surveys", json!(preferences.surveys)),
        ("erased_at", Value::Null),
    ] {
        assert_eq!(row[field], expected, "{field} of {row:#}");
    }
    true
}

pub(crate) fn catalogue_agrees(stream: &[Value], rows: &[Value], state: &Catalogue) {
    assert_eq!(stream.len(), 1);
    assert_eq!(stream[0]["version"], json!(state.history.version));
    as_of_agrees(&stream[0], state.history.as_of);
    let expected = state.entries.iter().map(|(key, entry)| {
        assert_eq!(*key, entry.key());
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
        let kind = format!("{:?}", key.kind()).to_lowercase();
        ((kind, text), shown(entry))
    });
    let is = rows.iter().map(|row| {
        let text = |field: &str| row[field].as_str().expect("a text").to_owned();
        ((text("kind"), text("key")), row["content"].clone())
    });
    let is: BTreeMap<_, _> = is.collect();
    assert_eq!(is, expected.collect());
    assert!(is.len() > 9, "too few entries");
}

fn shown(entry: &Entry) -> Value {
    let label = |label: &Option<Label>| json!(label.as_ref().map(ToString::to_string));
    match entry {
        Entry::Category { name, skills } => {
            let skills: Vec<String> = skills.iter().map(ToString::to_string).collect();
            json!({"name": name.as_str(), "skills": skills})
        }
        Entry::Skill { name } | Entry::Area { name } => json!({"name": name.as_str()}),
        Entry::Store { name, place, area } => {
            let place = place.as_ref().map(|place| {
                json!({
                    "address": place.address.as_ref().map(ToString::to_string),
                    "latitude": place.point.map(Point::latitude),
                    "longitude": place.point.map(Point::longitude),
                })
            });
            json!({"name": name.as_str(), "place": place, "area": label(area)})
        }
        Entry::Holiday { date, area, name } => {
            json!({"date": date.to_string(), "area": label(area), "name": name.as_str()})
        }
    }
}

/// The digest that the decider keeps of what the row shows.
fn personal<const MAX: usize>(row: &Value, field: &str) -> Option<Digest> {
    let erased = erased(row).contains(&field.to_owned());
    match (row[field].as_str(), erased) {
        (Some(value), false) => {
            let value: Text<MAX> = Text::new(value).expect("a short text");
            Some(Digest::from(&Personal::Known(value)))
        }
        (None, true) => Some(Digest::from(&Personal::<Text<MAX>>::Erased)),
        (None, false) => None,
        (Some(_), true) => panic!("{field} is known and erased: {row:#}"),
    }
}

fn erased(row: &Value) -> Vec<String> {
    serde_json::from_value(row["erased"].clone()).expect("names")
}

fn as_of_agrees(row: &Value, as_of: jiff::Timestamp) {
    let shown = row["updated_at"].as_str().expect("a time");
    let shown: jiff::Timestamp = shown.parse().expect("a time");
    let as_of = jiff::Timestamp::from_microsecond(as_of.as_microsecond()).expect("a time");
    assert_eq!(shown, as_of, "{row:#}");
}
