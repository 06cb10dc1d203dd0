//! What there is to choose from: `docket.catalogue.put.v1`, `docket.catalogue.removed.v1`. Frozen.

use std::borrow::Cow;
use std::collections::BTreeSet;

use docket_domain::catalogue::{CatalogueEvent, Entry, Key};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid, borrowed, optional, text, texts};
use crate::place::PlaceV1;

/// The entry is new, or took the place of the one with the same key: its kind and name; of a
/// holiday, date and area.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PutV1<'a> {
    /// All that there is to say about it.
    entry: EntryV1<'a>,
}

/// An entry of one kind.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum EntryV1<'a> {
    /// What a ticket may be about.
    Category {
        /// Its name.
        name: Cow<'a, str>,
        /// What it asks of a consultant unless the ticket says otherwise.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        skills: BTreeSet<Cow<'a, str>>,
    },
    /// What a consultant may know.
    Skill {
        /// Its name.
        name: Cow<'a, str>,
    },
    /// Where tickets are brought to, or are about.
    Store {
        /// Its name.
        name: Cow<'a, str>,
        /// Where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<PlaceV1<'a>>,
        /// The area it lies in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        area: Option<Cow<'a, str>>,
    },
    /// Where consultants work.
    Area {
        /// Its name.
        name: Cow<'a, str>,
    },
    /// A day on which no shift begins.
    Holiday {
        /// Which day, wherever the clock says so.
        date: Date,
        /// Where; everywhere if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        area: Option<Cow<'a, str>>,
        /// What is celebrated.
        name: Cow<'a, str>,
    },
}

/// The entry was taken out. What mentions it stays as it is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovedV1<'a> {
    /// Which one.
    key: KeyV1<'a>,
}

/// What an entry of one kind is found by.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum KeyV1<'a> {
    /// By name.
    Category(Cow<'a, str>),
    /// By name.
    Skill(Cow<'a, str>),
    /// By name.
    Store(Cow<'a, str>),
    /// By name.
    Area(Cow<'a, str>),
    /// By day and place.
    Holiday {
        /// Which day.
        date: Date,
        /// Where; everywhere if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        area: Option<Cow<'a, str>>,
    },
}

impl<'a> From<&'a Entry> for PutV1<'a> {
    fn from(entry: &'a Entry) -> Self {
        let entry = match entry {
            Entry::Category { name, skills } => EntryV1::Category {
                name: borrowed(name),
                skills: skills.iter().map(borrowed).collect(),
            },
            Entry::Skill { name } => EntryV1::Skill {
                name: borrowed(name),
            },
            Entry::Store { name, place, area } => EntryV1::Store {
                name: borrowed(name),
                place: place.as_ref().map(PlaceV1::from),
                area: area.as_ref().map(borrowed),
            },
            Entry::Area { name } => EntryV1::Area {
                name: borrowed(name),
            },
            Entry::Holiday { date, area, name } => EntryV1::Holiday {
                date: *date,
                area: area.as_ref().map(borrowed),
                name: borrowed(name),
            },
        };
        Self { entry }
    }
}

impl Fact for PutV1<'_> {
    const TYPE: &'static str = "docket.catalogue.put.v1";

    type Event = CatalogueEvent;

    fn into_event(self) -> Result<CatalogueEvent, Invalid> {
        let named = |name| text("entry.name", name);
        let lies_in = |area| optional("entry.area", area);
        let entry = match self.entry {
            EntryV1::Category { name, skills } => Entry::Category {
                name: named(name)?,
                skills: texts("entry.skills", skills)?,
            },
            EntryV1::Skill { name } => Entry::Skill { name: named(name)? },
            EntryV1::Store { name, place, area } => Entry::Store {
                name: named(name)?,
                place: place.map(PlaceV1::into_domain).transpose()?,
                area: lies_in(area)?,
            },
            EntryV1::Area { name } => Entry::Area { name: named(name)? },
            EntryV1::Holiday { date, area, name } => Entry::Holiday {
                date,
                area: lies_in(area)?,
                name: named(name)?,
            },
        };
        Ok(CatalogueEvent::Put(Box::new(entry)))
    }
}

impl<'a> From<&'a Key> for RemovedV1<'a> {
    fn from(key: &'a Key) -> Self {
        let key = match key {
            Key::Category(name) => KeyV1::Category(borrowed(name)),
            Key::Skill(name) => KeyV1::Skill(borrowed(name)),
            Key::Store(name) => KeyV1::Store(borrowed(name)),
            Key::Area(name) => KeyV1::Area(borrowed(name)),
            Key::Holiday { date, area } => KeyV1::Holiday {
                date: *date,
                area: area.as_ref().map(borrowed),
            },
        };
        Self { key }
    }
}

impl Fact for RemovedV1<'_> {
    const TYPE: &'static str = "docket.catalogue.removed.v1";

    type Event = CatalogueEvent;

    fn into_event(self) -> Result<CatalogueEvent, Invalid> {
        let named = |name| text("key", name);
        Ok(CatalogueEvent::Removed(match self.key {
            KeyV1::Category(name) => Key::Category(named(name)?),
            KeyV1::Skill(name) => Key::Skill(named(name)?),
            KeyV1::Store(name) => Key::Store(named(name)?),
            KeyV1::Area(name) => Key::Area(named(name)?),
            KeyV1::Holiday { date, area } => Key::Holiday {
                date,
                area: optional("key.area", area)?,
            },
        }))
    }
}
