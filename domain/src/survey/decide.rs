//! What becomes of a command about a survey: an event, nothing because it is already so, or a
//! rejection.

use super::command::{Invitation, Score, SurveyCommand};
use super::event::SurveyEvent;
use super::state::{AnsweredState, InvitedState, Survey};
use crate::command::CommandContext;
use crate::decide::Decision;
use crate::rejection::Rejection;
use crate::text::{Personal, Remark};
use crate::ticket::Digest;

/// Decides a command that [`authorize`](super::authorize()) let pass.
///
/// In the order of the ticket's [`decide`](crate::decide()): whether anybody was invited; whether the
/// command's source sequence was seen before; version; business time; whether it is already so. A
/// command that was accepted, sent again, is nothing or a rejection, never a second effect: so a
/// customer is asked once per closing, and answers once, however often a link is followed.
pub fn decide(
    survey: &Survey,
    context: &CommandContext,
    command: &SurveyCommand,
) -> Decision<SurveyEvent> {
    if let (Survey::NotInvited, SurveyCommand::Answer { .. }) = (survey, command) {
        return Err(Rejection::NotInvited);
    }
    if !survey.history().takes(context)? {
        return Ok(None);
    }
    match (survey, command) {
        (Survey::NotInvited, SurveyCommand::Invite(invitation)) => invite(context, invitation),
        (Survey::NotInvited, SurveyCommand::Answer { .. }) => Err(Rejection::NotInvited),
        (Survey::Invited(state), SurveyCommand::Invite(again)) => {
            invite_again(state.invitation, again)
        }
        (Survey::Answered(state), SurveyCommand::Invite(again)) => {
            invite_again(state.invitation, again)
        }
        (Survey::Invited(state), SurveyCommand::Answer { score, text }) => {
            answer(state, context, *score, text.as_ref())
        }
        (Survey::Answered(state), SurveyCommand::Answer { score, text }) => {
            answer_again(state, *score, text.as_ref())
        }
    }
}

/// Nobody is sent a link that is dead on arrival, as when the inviter catches up after a long stop.
fn invite(context: &CommandContext, invitation: &Invitation) -> Decision<SurveyEvent> {
    in_time(context, invitation.expires_at)?;
    Ok(Some(SurveyEvent::Invited(Box::new(invitation.clone()))))
}

fn invite_again(before: Digest, again: &Invitation) -> Decision<SurveyEvent> {
    if Digest::from(again) == before {
        Ok(None)
    } else {
        Err(Rejection::AlreadyInvited)
    }
}

fn answer(
    state: &InvitedState,
    context: &CommandContext,
    score: Score,
    text: Option<&Personal<Remark>>,
) -> Decision<SurveyEvent> {
    in_time(context, state.expires_at)?;
    Ok(Some(SurveyEvent::Answered {
        score,
        text: text.cloned(),
    }))
}

fn answer_again(
    state: &AnsweredState,
    score: Score,
    text: Option<&Personal<Remark>>,
) -> Decision<SurveyEvent> {
    if score == state.score && text.map(Digest::from) == state.text {
        Ok(None)
    } else {
        Err(Rejection::AlreadyAnswered)
    }
}

/// By business time, like every deadline of the domain.
fn in_time(context: &CommandContext, expires_at: jiff::Timestamp) -> Result<(), Rejection> {
    if context.occurred_at <= expires_at {
        Ok(())
    } else {
        Err(Rejection::SurveyExpired { expires_at })
    }
}
