//! What becomes of a command to the catalogue: an event, nothing because it is already so, or a
//! rejection.

use super::command::{CatalogueCommand, CatalogueEvent};
use super::entry::{CATEGORY_SKILLS_MAX, ENTRIES_MAX, Entry, Key};
use super::state::Catalogue;
use crate::command::CommandContext;
use crate::decide::Decision;
use crate::rejection::{Countable, Rejection};

/// Decides a command that [`authorize`](super::authorize()) let pass.
///
/// In the order of the ticket's [`decide`](crate::decide()): whether the command's source sequence
/// was seen before; version; business time; whether it is already so; bounds. A command that was
/// accepted, sent again, is nothing, never a second effect.
pub fn decide(
    catalogue: &Catalogue,
    context: &CommandContext,
    command: &CatalogueCommand,
) -> Decision<CatalogueEvent> {
    if !catalogue.history.takes(context)? {
        return Ok(None);
    }
    match command {
        CatalogueCommand::Put(entry) => put(catalogue, entry),
        CatalogueCommand::Remove(key) => Ok(remove(catalogue, key)),
    }
}

fn put(catalogue: &Catalogue, entry: &Entry) -> Decision<CatalogueEvent> {
    let there = catalogue.entries.get(&entry.key());
    if there == Some(entry) {
        return Ok(None);
    }
    if let Entry::Category { skills, .. } = entry
        && skills.len() > CATEGORY_SKILLS_MAX
    {
        return Err(Rejection::full(Countable::Skills, CATEGORY_SKILLS_MAX));
    }
    if there.is_none() && catalogue.entries.len() >= ENTRIES_MAX {
        return Err(Rejection::full(Countable::CatalogueEntries, ENTRIES_MAX));
    }
    Ok(Some(CatalogueEvent::Put(Box::new(entry.clone()))))
}

fn remove(catalogue: &Catalogue, key: &Key) -> Option<CatalogueEvent> {
    catalogue
        .entries
        .contains_key(key)
        .then(|| CatalogueEvent::Removed(key.clone()))
}
