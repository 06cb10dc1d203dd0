//! What an event makes of a survey.

use super::event::SurveyEvent;
use super::state::{AnsweredState, InvitedState, Survey};
use crate::event::EventContext;
use crate::ticket::Digest;

/// The survey after the event. Never panics and never refuses: what lies in the log has happened.
/// Of events that [`decide`](super::decide()) can't have written, an answer before the invitation
/// changes nothing, and second ones of a kind only count.
pub fn evolve(survey: Survey, context: &EventContext, event: &SurveyEvent) -> Survey {
    let history = survey.history().and(context);
    match (survey, event) {
        (Survey::NotInvited, SurveyEvent::Invited(invitation)) => {
            Survey::Invited(Box::new(InvitedState {
                history,
                invitation: Digest::from(&**invitation),
                expires_at: invitation.expires_at,
            }))
        }
        (Survey::NotInvited, SurveyEvent::Answered { .. }) => Survey::NotInvited,
        (Survey::Invited(state), SurveyEvent::Answered { score, text }) => {
            Survey::Answered(Box::new(AnsweredState {
                history,
                invitation: state.invitation,
                score: *score,
                text: text.as_ref().map(Digest::from),
            }))
        }
        (Survey::Invited(mut state), SurveyEvent::Invited(_)) => {
            state.history = history;
            Survey::Invited(state)
        }
        (Survey::Answered(mut state), _) => {
            state.history = history;
            Survey::Answered(state)
        }
    }
}
