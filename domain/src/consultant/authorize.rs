//! Who may ask what of a consultant's stream.

use super::command::{ConsultantCommand, ConsultantCommandName};
use crate::actor::Role;
use crate::command::CommandContext;
use crate::grant::Grant;
use crate::ids::PersonId;
use crate::rejection::Rejection;

/// Whether the actor may ask this about the consultant of that id, by role and by being it.
///
/// | command | the consultant | manager, administrator | service | importer |
/// |---|---|---|---|---|
/// | register, profile, retire | | yes | yes | yes |
/// | availability, place | yes | yes | yes | yes |
///
/// Who works when and where is theirs to say, working hours included: whoever may go away at any
/// time gains nothing by hours that others set. What they are held to be able to, and how much they
/// are given, is not. Services bring people from the identity provider and places from vehicles.
/// Nobody else may ask anything.
pub fn authorize(
    id: PersonId,
    context: &CommandContext,
    command: &ConsultantCommand,
) -> Result<(), Rejection> {
    let name = command.name();
    let covers = |grant: &Grant| grant.covers(context.actor, id);
    Rejection::forbidden_unless(grants(name).iter().any(covers), context, name)
}

/// The table itself.
const fn grants(command: ConsultantCommandName) -> &'static [Grant] {
    use Grant::{Any, Itself};
    use Role::{Administrator, Consultant, Importer, Manager, Service};
    match command {
        ConsultantCommandName::Register
        | ConsultantCommandName::ChangeProfile
        | ConsultantCommandName::Retire => &[
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
        ConsultantCommandName::ChangeAvailability | ConsultantCommandName::ChangePlace => &[
            Itself(Consultant),
            Any(Manager),
            Any(Administrator),
            Any(Service),
            Any(Importer),
        ],
    }
}
