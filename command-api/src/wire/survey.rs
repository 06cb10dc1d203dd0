//! Bodies of surveys' commands, made commands.

use docket_domain::ids::PersonId;
use docket_domain::survey::{Invitation, Score, SurveyCommand, SurveyCommandName};

use super::bodies::survey::{AnswerBody, InviteBody};
use super::check::Check;
use super::command::{Read, Reading};

/// Reads the body of the named command.
pub(super) fn body_of(name: SurveyCommandName, from: Reading<'_>) -> Read {
    match name {
        SurveyCommandName::Invite => from.read(invite),
        SurveyCommandName::Answer => from.read(answer),
    }
}

fn invite(body: InviteBody, check: &mut Check) -> Option<SurveyCommand> {
    let channel = check.required("channel", body.channel);
    let language = check.text("language", body.language);
    let team = check.text("team", body.team);
    let category = check.text("category", body.category);
    let store = check.text("store", body.store);
    let area = check.text("area", body.area);
    let expires_at = check.required("expires_at", body.expires_at);
    Some(SurveyCommand::Invite(Box::new(Invitation {
        customer: body.customer.map(PersonId),
        channel: channel?.into(),
        language,
        consultant: body.consultant.map(PersonId),
        team,
        category,
        store,
        area,
        expires_at: expires_at?,
    })))
}

/// Whoever sends it has shown the token by then.
fn answer(body: AnswerBody, check: &mut Check) -> Option<SurveyCommand> {
    let score = check.required("score", body.score);
    let text = check.personal("text", body.text);
    match Score::new(score?) {
        Ok(score) => Some(SurveyCommand::Answer { score, text }),
        Err(invalid) => {
            check.fault("score", invalid.to_string());
            None
        }
    }
}
