//! The catalogue is filled, corrected and cleared.

use docket_domain::Rejection;
use docket_domain::catalogue::{
    CATEGORY_SKILLS_MAX, Catalogue, CatalogueCommandName, CatalogueEvent, ENTRIES_MAX, Entry,
    EntryKind, Key,
};
use docket_domain::command::Place;
use docket_domain::rejection::Countable;
use docket_domain::stream::Aggregate;
use jiff::civil::date;

use crate::scenarios::{
    CATALOGUE, UNITY_DAY, entry, filled_catalogue, holiday, labels, many_labels, put, remove, text,
    to_catalogue,
};
use crate::story::{Story, given};

#[track_caller]
fn catalogue(story: &Story) -> &Catalogue {
    match &story.aggregate {
        Aggregate::Catalogue(catalogue) => catalogue,
        other => panic!("not the catalogue: {other:?}"),
    }
}

fn empty() -> Story {
    given::<CatalogueEvent>(CATALOGUE, [])
}

#[test]
fn each_kind_of_entry_comes_and_goes() {
    for kind in EntryKind::ALL {
        let entry = entry(kind);
        let story = empty()
            .when(put(entry.clone()))
            .then(CatalogueEvent::Put(Box::new(entry.clone())))
            .when(put(entry.clone()))
            .then_nothing();
        assert_eq!(catalogue(&story).entries[&entry.key()], entry);
        let story = story
            .when(remove(entry.key()))
            .then(CatalogueEvent::Removed(entry.key()))
            .when(remove(entry.key()))
            .then_nothing();
        assert!(catalogue(&story).entries.is_empty());
    }
}

#[test]
fn kinds_have_names_of_their_own() {
    // The category and the skill "printers" are two things.
    let story = given(CATALOGUE, filled_catalogue())
        .when(remove(Key::Skill(text("printers"))))
        .then_accepted();
    assert_eq!(catalogue(&story).entries.len(), EntryKind::ALL.len() - 1);
    assert!(
        catalogue(&story)
            .entries
            .contains_key(&Key::Category(text("printers")))
    );
}

#[test]
fn an_entry_takes_the_place_of_the_one_with_its_key() {
    for other in [
        Entry::Category {
            name: text("printers"),
            skills: labels([]),
        },
        Entry::Store {
            name: text("Altona"),
            place: Some(Place {
                address: Some(text("Main Street 1")),
                point: None,
            }),
            area: Some(text("Hamburg")),
        },
        Entry::Holiday {
            date: UNITY_DAY,
            area: None,
            name: text("Unity Day"),
        },
    ] {
        let story = given(CATALOGUE, filled_catalogue())
            .when(put(other.clone()))
            .then(CatalogueEvent::Put(Box::new(other.clone())));
        assert_eq!(catalogue(&story).entries.len(), EntryKind::ALL.len());
        assert_eq!(catalogue(&story).entries[&other.key()], other);
    }
}

#[test]
fn a_key_and_its_entry_are_of_one_kind() {
    for kind in EntryKind::ALL {
        assert_eq!(entry(kind).kind(), kind);
        assert_eq!(entry(kind).key().kind(), kind);
    }
    for name in CatalogueCommandName::ALL {
        assert_eq!(to_catalogue(name).name(), name);
    }
}

#[test]
fn a_category_asks_for_so_many_skills() {
    let category = |skills| {
        put(Entry::Category {
            name: text("everything"),
            skills: many_labels(skills),
        })
    };
    empty().when(category(CATEGORY_SKILLS_MAX)).then_accepted();
    empty()
        .when(category(CATEGORY_SKILLS_MAX + 1))
        .then_rejected(&Rejection::Full {
            what: Countable::Skills,
            max: 20,
        });
}

#[test]
fn a_full_catalogue_takes_corrections_and_removals_only() {
    let store = |n: usize, area: Option<&str>| Entry::Store {
        name: text(&format!("store {n}")),
        place: None,
        area: area.map(text),
    };
    let full = (0..ENTRIES_MAX).map(|n| CatalogueEvent::Put(Box::new(store(n, None))));
    given(CATALOGUE, full)
        .when(put(store(ENTRIES_MAX, None)))
        .then_rejected(&Rejection::Full {
            what: Countable::CatalogueEntries,
            max: 10_000,
        })
        .when(put(store(0, Some("Hamburg"))))
        .then_accepted()
        .when(remove(store(1, None).key()))
        .then_accepted()
        .when(put(store(ENTRIES_MAX, None)))
        .then_accepted();
}

#[test]
fn a_day_is_off_where_all_areas_served_have_a_holiday() {
    let (reformation, other) = (date(2026, 10, 31), date(2026, 11, 1));
    let story = given(
        CATALOGUE,
        [
            holiday(UNITY_DAY, None),
            holiday(reformation, Some("Hamburg")),
            holiday(reformation, Some("Bremen")),
        ]
        .map(|holiday| CatalogueEvent::Put(Box::new(holiday))),
    );
    let catalogue = catalogue(&story);
    for (day, areas, off) in [
        (UNITY_DAY, labels([]), true),
        (UNITY_DAY, labels(["Berlin"]), true),
        (reformation, labels(["Hamburg"]), true),
        (reformation, labels(["Hamburg", "Bremen"]), true),
        (reformation, labels(["Hamburg", "Berlin"]), false),
        (reformation, labels([]), false),
        (other, labels(["Hamburg"]), false),
    ] {
        assert_eq!(catalogue.is_day_off(day, &areas), off, "{day} in {areas:?}");
    }
}
