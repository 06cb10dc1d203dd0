//! What the catalogue holds, and what it is found by.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::command::Place;
use crate::text::Label;

/// Something to choose from; its name (of a holiday, date and area) is its key.
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    /// What a ticket may be about.
    Category {
        /// Its name.
        name: Label,
        /// What it asks of a consultant unless the ticket says otherwise; at most
        /// [`CATEGORY_SKILLS_MAX`].
        skills: BTreeSet<Label>,
    },
    /// What a consultant may know.
    Skill {
        /// Its name.
        name: Label,
    },
    /// Where tickets are brought to, or are about.
    Store {
        /// Its name.
        name: Label,
        /// Where it is; a business's place, not a person's.
        place: Option<Place>,
        /// The area it lies in.
        area: Option<Label>,
    },
    /// Where consultants work.
    Area {
        /// Its name.
        name: Label,
    },
    /// A day on which no shift begins.
    Holiday {
        /// Which day, wherever the clock says so.
        date: Date,
        /// Where; everywhere if not given.
        area: Option<Label>,
        /// What is celebrated.
        name: Label,
    },
}

/// The most entries the catalogue takes, of all kinds together.
pub const ENTRIES_MAX: usize = 10_000;
/// The most skills a category asks for: as many as a ticket may.
pub const CATEGORY_SKILLS_MAX: usize = crate::command::SKILLS_MAX;

/// What an entry is found, replaced and removed by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// By name.
    Category(Label),
    /// By name.
    Skill(Label),
    /// By name.
    Store(Label),
    /// By name.
    Area(Label),
    /// By day and place.
    Holiday {
        /// Which day.
        date: Date,
        /// Where; everywhere if not given.
        area: Option<Label>,
    },
}

/// The kinds of entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on Entry")]
pub enum EntryKind {
    Category,
    Skill,
    Store,
    Area,
    Holiday,
}

impl EntryKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 5] = [
        Self::Category,
        Self::Skill,
        Self::Store,
        Self::Area,
        Self::Holiday,
    ];
}

impl Key {
    /// What kind of entry it finds.
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Category(_) => EntryKind::Category,
            Self::Skill(_) => EntryKind::Skill,
            Self::Store(_) => EntryKind::Store,
            Self::Area(_) => EntryKind::Area,
            Self::Holiday { .. } => EntryKind::Holiday,
        }
    }
}

impl Entry {
    /// What it is found by.
    pub fn key(&self) -> Key {
        match self {
            Self::Category { name, .. } => Key::Category(name.clone()),
            Self::Skill { name } => Key::Skill(name.clone()),
            Self::Store { name, .. } => Key::Store(name.clone()),
            Self::Area { name } => Key::Area(name.clone()),
            Self::Holiday { date, area, .. } => Key::Holiday {
                date: *date,
                area: area.clone(),
            },
        }
    }

    /// What kind of entry it is.
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Category { .. } => EntryKind::Category,
            Self::Skill { .. } => EntryKind::Skill,
            Self::Store { .. } => EntryKind::Store,
            Self::Area { .. } => EntryKind::Area,
            Self::Holiday { .. } => EntryKind::Holiday,
        }
    }
}
