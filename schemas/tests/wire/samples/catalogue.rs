//! The catalogue's events, of every kind of entry.

use std::collections::BTreeSet;

use docket_domain::catalogue::{CatalogueEvent, Entry, Key};
use jiff::civil::date;

use super::{place, t};

fn put(entry: Entry) -> CatalogueEvent {
    CatalogueEvent::Put(entry.into())
}

fn puts() -> Vec<(&'static str, CatalogueEvent)> {
    let category = Entry::Category {
        name: t("router"),
        skills: BTreeSet::from([t("dsl"), t("wifi")]),
    };
    let store = Entry::Store {
        name: t("berlin-mitte"),
        place: Some(place()),
        area: Some(t("berlin")),
    };
    let store_least = Entry::Store {
        name: t("berlin-mitte"),
        place: None,
        area: None,
    };
    let holiday = Entry::Holiday {
        date: date(2027, 3, 8),
        area: Some(t("berlin")),
        name: t("Internationaler Frauentag"),
    };
    vec![
        ("docket.catalogue.put.v1.category", put(category)),
        (
            "docket.catalogue.put.v1.skill",
            put(Entry::Skill { name: t("wifi") }),
        ),
        ("docket.catalogue.put.v1.store", put(store)),
        ("docket.catalogue.put.v1.store_least", put(store_least)),
        (
            "docket.catalogue.put.v1.area",
            put(Entry::Area { name: t("berlin") }),
        ),
        ("docket.catalogue.put.v1.holiday", put(holiday)),
    ]
}

fn removals() -> Vec<(&'static str, CatalogueEvent)> {
    let holiday = Key::Holiday {
        date: date(2027, 3, 8),
        area: Some(t("berlin")),
    };
    let holiday_everywhere = Key::Holiday {
        date: date(2026, 12, 25),
        area: None,
    };
    [
        (
            "docket.catalogue.removed.v1.category",
            Key::Category(t("router")),
        ),
        ("docket.catalogue.removed.v1.skill", Key::Skill(t("wifi"))),
        (
            "docket.catalogue.removed.v1.store",
            Key::Store(t("berlin-mitte")),
        ),
        ("docket.catalogue.removed.v1.area", Key::Area(t("berlin"))),
        ("docket.catalogue.removed.v1.holiday", holiday),
        (
            "docket.catalogue.removed.v1.holiday_everywhere",
            holiday_everywhere,
        ),
    ]
    .map(|(name, key)| (name, CatalogueEvent::Removed(key)))
    .into()
}

pub(super) fn events() -> Vec<(&'static str, CatalogueEvent)> {
    [puts(), removals()].concat()
}
