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

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use docket_domain::ids::{SurveyId, TicketId};
    use docket_domain::{Actor, Role};
    use docket_schemas::attributes::CommandId;
    use uuid::Uuid;

    use super::super::{Addressed, Asker, Stated, body_of};
    use super::*;

    fn canonical(name: SurveyCommandName, body: &str) -> Vec<u8> {
        let survey = SurveyId {
            ticket: TicketId(Uuid::nil()),
            closing: NonZeroU32::MIN,
        };
        let asker = Asker {
            command: CommandId([0; 16]),
            actor: Actor {
                id: survey.respondent(),
                role: Role::Customer,
            },
            issuer: "survey link",
        };
        let addressed = Addressed::Survey(survey, name);
        let read = body_of(addressed, body.as_bytes(), asker, Stated::default());
        read.expect("a body").1
    }

    #[test]
    fn what_is_said_is_no_part_of_what_a_header_has_a_digest_of() {
        let answer = |body| canonical(SurveyCommandName::Answer, body);
        let one = answer(r#"{"score": 1, "text": "Ann was late again"}"#);
        assert_eq!(one, answer(r#"{"score": 5}"#));
        let invite = |body| canonical(SurveyCommandName::Invite, body);
        let one = invite(r#"{"channel": "sms", "expires_at": "2027-01-01T00:00:00Z"}"#);
        let other = invite(r#"{"channel": "email", "expires_at": "2027-01-01T00:00:00Z"}"#);
        assert_ne!(one, other);
    }
}
