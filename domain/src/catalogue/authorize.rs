//! Who may ask what of the catalogue.

use super::command::{CatalogueCommand, CatalogueCommandName};
use super::entry::EntryKind;
use crate::actor::Role;
use crate::command::CommandContext;
use crate::rejection::Rejection;

/// Whether the actor may ask this of the catalogue, by role.
///
/// | put and remove | manager | administrator | importer |
/// |---|---|---|---|
/// | categories, skills, areas | | yes | yes |
/// | stores, holidays | yes | yes | yes |
///
/// Categories, skills and areas are what tickets are sorted and routed by: who changes them changes
/// the work of all. Stores open and holidays come by themselves; a manager notes that.
pub fn authorize(context: &CommandContext, command: &CatalogueCommand) -> Result<(), Rejection> {
    let name = command.name();
    Rejection::forbidden_unless(roles(name).contains(&context.actor.role), context, name)
}

/// The table itself.
const fn roles(command: CatalogueCommandName) -> &'static [Role] {
    use EntryKind::{Area, Category, Holiday, Skill, Store};
    match command {
        CatalogueCommandName::Put(Category | Skill | Area)
        | CatalogueCommandName::Remove(Category | Skill | Area) => {
            &[Role::Administrator, Role::Importer]
        }
        CatalogueCommandName::Put(Store | Holiday)
        | CatalogueCommandName::Remove(Store | Holiday) => {
            &[Role::Manager, Role::Administrator, Role::Importer]
        }
    }
}
