//! What an event makes of the catalogue.

use super::command::CatalogueEvent;
use super::entry::Entry;
use super::state::Catalogue;
use crate::event::EventContext;

/// The catalogue after the event. Never panics and never refuses: what lies in the log has
/// happened, be it the removal of what wasn't there.
pub fn evolve(
    mut catalogue: Catalogue,
    context: &EventContext,
    event: &CatalogueEvent,
) -> Catalogue {
    catalogue.history = catalogue.history.and(context);
    match event {
        CatalogueEvent::Put(entry) => {
            catalogue.entries.insert(entry.key(), Entry::clone(entry));
        }
        CatalogueEvent::Removed(key) => {
            catalogue.entries.remove(key);
        }
    }
    catalogue
}
