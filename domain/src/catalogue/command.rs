//! What can be asked of the catalogue, and what has happened to it.

use super::entry::{Entry, EntryKind, Key};

/// A request to the catalogue that may be refused.
#[derive(Clone, PartialEq, Debug)]
pub enum CatalogueCommand {
    /// A new entry, or another in place of the one with the same key.
    Put(Box<Entry>),
    /// Takes an entry out. What mentions it stays as it is.
    Remove(Key),
}

/// A fact; never refused, never changed.
#[derive(Clone, PartialEq, Debug)]
pub enum CatalogueEvent {
    /// The entry is new, or took the place of the one with the same key.
    Put(Box<Entry>),
    /// The entry was taken out.
    Removed(Key),
}

/// The commands' names, for tables, refusals and metrics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on CatalogueCommand")]
pub enum CatalogueCommandName {
    Put(EntryKind),
    Remove(EntryKind),
}

impl CatalogueCommandName {
    /// Every command, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::Put(EntryKind::Category),
        Self::Put(EntryKind::Skill),
        Self::Put(EntryKind::Store),
        Self::Put(EntryKind::Area),
        Self::Put(EntryKind::Holiday),
        Self::Remove(EntryKind::Category),
        Self::Remove(EntryKind::Skill),
        Self::Remove(EntryKind::Store),
        Self::Remove(EntryKind::Area),
        Self::Remove(EntryKind::Holiday),
    ];

    /// The command as it stands in paths and bulk lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Put(EntryKind::Category) => "put_category",
            Self::Put(EntryKind::Skill) => "put_skill",
            Self::Put(EntryKind::Store) => "put_store",
            Self::Put(EntryKind::Area) => "put_area",
            Self::Put(EntryKind::Holiday) => "put_holiday",
            Self::Remove(EntryKind::Category) => "remove_category",
            Self::Remove(EntryKind::Skill) => "remove_skill",
            Self::Remove(EntryKind::Store) => "remove_store",
            Self::Remove(EntryKind::Area) => "remove_area",
            Self::Remove(EntryKind::Holiday) => "remove_holiday",
        }
    }

    /// The command of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }
}

impl CatalogueCommand {
    /// Its name.
    pub const fn name(&self) -> CatalogueCommandName {
        match self {
            Self::Put(entry) => CatalogueCommandName::Put(entry.kind()),
            Self::Remove(key) => CatalogueCommandName::Remove(key.kind()),
        }
    }
}
