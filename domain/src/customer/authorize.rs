//! Who may ask what of a customer's stream.

use super::command::{CustomerCommand, CustomerCommandName};
use crate::actor::Role;
use crate::command::CommandContext;
use crate::grant::Grant;
use crate::ids::PersonId;
use crate::rejection::Rejection;

/// Whether the actor may ask this about the customer of that id, by role and by being it.
///
/// | command | the customer | receptionist, store staff | manager | administrator | service | importer |
/// |---|---|---|---|---|---|---|
/// | register, contact, preferences | yes | yes | yes | yes | yes | yes |
/// | erase | | | | yes | yes | |
///
/// Whoever talks to customers may register them and note what they say. To erase is for good, and
/// what a business must keep for a time isn't the customer's to say: an administrator does it when
/// asked, a service when the time is over. A consultant has what the ticket says of its customer.
pub fn authorize(
    id: PersonId,
    context: &CommandContext,
    command: &CustomerCommand,
) -> Result<(), Rejection> {
    let name = command.name();
    let covers = |grant: &Grant| grant.covers(context.actor, id);
    Rejection::forbidden_unless(grants(name).iter().any(covers), context, name)
}

/// The table itself.
const fn grants(command: CustomerCommandName) -> &'static [Grant] {
    use Grant::{Any, Itself};
    use Role::{Administrator, Customer, Importer, Manager, Receptionist, Service, StoreStaff};
    match command {
        CustomerCommandName::Register
        | CustomerCommandName::ChangeContact
        | CustomerCommandName::ChangePreferences => &[
            Itself(Customer),
            Any(Receptionist),
            Any(StoreStaff),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        CustomerCommandName::Erase => &[Any(Administrator), Any(Service)],
    }
}
