//! The catalogue: what administrators keep for all to choose from, in the one stream `catalogue`.
//!
//! Its names are labels, as in tickets and profiles. Nothing checks that a label used elsewhere
//! (another stream, or another entry) is in it: the other stream may be older than the entry, and
//! what is removed here has been used there. Whoever offers a choice reads it here.

mod authorize;
mod command;
mod decide;
mod entry;
mod evolve;
mod state;

pub use authorize::authorize;
pub use command::{CatalogueCommand, CatalogueCommandName, CatalogueEvent};
pub use decide::decide;
pub use entry::{CATEGORY_SKILLS_MAX, ENTRIES_MAX, Entry, EntryKind, Key};
pub use evolve::evolve;
pub use state::Catalogue;
