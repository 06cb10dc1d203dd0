//! The catalogue's events.

use docket_domain::catalogue::{CatalogueEvent, Entry};
use jiff::civil::{Date, date};
use proptest::collection::btree_set;
use proptest::option::of;
use proptest::prelude::*;

use super::{place, text};

fn day() -> impl Strategy<Value = Date> {
    (-9999..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day))
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        (text(), btree_set(text(), 0..4))
            .prop_map(|(name, skills)| Entry::Category { name, skills }),
        text().prop_map(|name| Entry::Skill { name }),
        (text(), of(place()), of(text())).prop_map(|(name, place, area)| Entry::Store {
            name,
            place,
            area
        }),
        text().prop_map(|name| Entry::Area { name }),
        (day(), of(text()), text()).prop_map(|(date, area, name)| Entry::Holiday {
            date,
            area,
            name
        }),
    ]
}

pub(super) fn event() -> impl Strategy<Value = CatalogueEvent> {
    prop_oneof![
        entry().prop_map(|entry| CatalogueEvent::Put(entry.into())),
        entry().prop_map(|entry| CatalogueEvent::Removed(entry.key())),
    ]
}
