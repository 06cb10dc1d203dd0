//! Surveys: the notifications that an event calls for. Pure.

use docket_domain::EventContext;
use docket_domain::command::Origin;
use docket_domain::ids::SurveyId;
use docket_domain::stream::StreamId;
use docket_domain::survey::SurveyEvent;

use super::notification::{Call, Fact, Kind, to_customer};
use crate::projector::to_micros;

/// Whom an event is told to. There is no row of a survey: its invitation is the stream's first event,
/// or the unique key of `notification` refuses it.
///
/// By which way the invitation reaches them is decided when it is sent, as for every notification.
pub(crate) fn apply(
    id: SurveyId,
    event: &SurveyEvent,
    context: &EventContext,
) -> Option<(Fact, Vec<Call>)> {
    match event {
        SurveyEvent::Invited(invitation) => {
            let fact = Fact {
                stream: StreamId::Survey(id),
                version: 1,
                ticket: id.ticket,
                survey: Some((id.closing.get().into(), to_micros(invitation.expires_at))),
            };
            let live = context.origin == Origin::Live;
            let calls = to_customer(live, Kind::SurveyInvitation, invitation.consultant);
            Some((fact, calls))
        }
        SurveyEvent::Answered { .. } => None,
    }
}
