//! Who may ask what of a survey's stream.

use super::command::{SurveyCommand, SurveyCommandName};
use crate::actor::Role;
use crate::command::CommandContext;
use crate::grant::Grant;
use crate::ids::SurveyId;
use crate::rejection::Rejection;

/// Whether the actor may ask this about the survey of that id.
///
/// | command | its [respondent](SurveyId::respondent) | service | anybody else |
/// |---|---|---|---|
/// | invite | | yes | |
/// | answer | yes | | |
///
/// Nobody signs in as a respondent: that id is made of the survey, in a namespace that no token's
/// ids are made in, and the command API takes it for the actor when a link has shown itself signed
/// for that very survey. So whoever has the link may answer, and nobody else reaches the answer,
/// not even the customer signed in, nor an administrator: a score is worth something only as long as
/// those who are scored can't give it.
pub fn authorize(
    id: SurveyId,
    context: &CommandContext,
    command: &SurveyCommand,
) -> Result<(), Rejection> {
    let name = command.name();
    let grant = match name {
        SurveyCommandName::Invite => Grant::Any(Role::Service),
        SurveyCommandName::Answer => Grant::Itself(Role::Customer),
    };
    let allowed = grant.covers(context.actor, id.respondent());
    Rejection::forbidden_unless(allowed, context, name)
}
