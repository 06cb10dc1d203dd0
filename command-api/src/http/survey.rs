//! Surveys: the invitation, by a service; and the answer, by whoever has the link.
//!
//! Guarantee: an answer reaches the log only behind a token that was signed for that very survey, as
//! the act of the survey's respondent ([`SurveyId::respondent`]), whom no bearer token can name.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use docket_domain::Timestamp;
use docket_domain::ids::{SurveyId, TicketId};
use docket_domain::survey::SurveyCommandName;
use docket_schemas::stream;
use docket_service::Path;
use docket_service::auth::{Caller, Role};
use docket_service::problem::Problem;
use docket_service::survey_link::SurveyLink;
use docket_service::telemetry::TraceContext;
use http::{HeaderMap, Uri};
use jiff::SignedDuration;

use super::figures::Timer;
use super::paths::{id_of, one_of};
use super::rejections::{Reply, survey_attempts, survey_expired, survey_link_forged};
use super::request::Named;
use super::single::{Came, Done, conclude, of_bad_body, read_body};
use super::{App, headers};
use crate::command_id::answer_key;
use crate::wire::bodies::survey::AnswerBody;
use crate::wire::{Addressed, tolerant};

/// `POST /v1/surveys/{id}/{command}`
pub(super) async fn survey(
    State(app): State<App>,
    Path((id, command)): Path<(String, String)>,
    came: Came,
    body: Body,
) -> Result<Response, Problem> {
    let known = &[SurveyCommandName::Invite];
    let name = one_of(known, SurveyCommandName::as_str, &command, "a survey")?;
    let id = stream::parse_survey(id.as_bytes()).ok_or_else(|| {
        Problem::not_found(format!(
            "{id:?} is not the id of a survey, which is a ticket's UUID, a hyphen and the number of \
             the ticket's closing, from 1"
        ))
    })?;
    Ok(came.respond(&app, Named::Survey(id, name), body).await)
}

/// `POST /v1/tickets/{id}/survey`: needs no bearer token; the body has the link's.
pub(super) async fn answer(
    State(app): State<App>,
    Path(ticket): Path<String>,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let timer = Timer::start();
    let followed = Followed {
        ticket,
        trace,
        uri,
        headers,
    };
    let done = followed.run(&app, body).await;
    conclude(timer, SurveyCommandName::Answer.into(), done)
}

/// A link that somebody followed.
struct Followed {
    ticket: String,
    trace: TraceContext,
    uri: Uri,
    headers: HeaderMap,
}

impl Followed {
    async fn run(self, app: &App, body: Body) -> Result<Done, Reply> {
        let body = read_body(&self.headers, body, app.config.body_bytes_max)
            .await
            .map_err(Reply::Invalid)?;
        let (survey, key) = self.survey(app, &body).map_err(Reply::Invalid)?;
        let taken = app.survey_attempts.take(survey);
        taken.map_err(|wait| Reply::Unavailable(survey_attempts(wait)))?;
        let came = Came {
            caller: respondent(survey),
            trace: self.trace,
            uri: self.uri,
            headers: self.headers,
        };
        let addressed = Addressed::Survey(survey, SurveyCommandName::Answer);
        came.settle(app, addressed, &key, &body).await
    }

    /// The survey that the link opens, and the answer's key. Its faults are found later.
    fn survey(&self, app: &App, body: &Bytes) -> Result<(SurveyId, String), Problem> {
        let ticket = id_of(&self.ticket, "a ticket")?;
        headers::expect_json(&self.headers)?;
        let (answer, _) = tolerant::<AnswerBody>(body).map_err(of_bad_body)?;
        let token = answer.token.as_deref().unwrap_or_default();
        let link = app
            .survey_links
            .open_token(ticket, token)
            .map_err(|_| survey_link_forged())?;
        not_long_over(link)?;
        let survey = SurveyId {
            ticket: TicketId(ticket),
            closing: link.closing,
        };
        Ok((survey, key_of(token, &answer)))
    }
}

/// How long after its end a survey's link still reaches the log: as long as outcomes are kept, so
/// that an answer which came in time, and whose sender wasn't told, can be repeated. By then the
/// log refuses every other; after that nobody has to ask it.
const REPEATED_FOR: SignedDuration = SignedDuration::from_hours(24);

fn not_long_over(link: SurveyLink) -> Result<(), Problem> {
    // A time that there isn't was not signed here.
    let expires_at = Timestamp::from_second(link.expires_at_s).map_err(|_| survey_link_forged())?;
    if Timestamp::now().duration_since(expires_at) > REPEATED_FOR {
        return Err(survey_expired(expires_at));
    }
    Ok(())
}

/// The key of an answer, whatever the request's headers say: made of the link and of what is said, so
/// that a browser which sends it twice sends one command, and another answer is another command, which
/// the log refuses.
fn key_of(token: &str, answer: &AnswerBody) -> String {
    answer_key(token, &answer.said())
}

/// Who calls: whoever has the link. The issuer is none that a token can have, since it is no URL.
fn respondent(survey: SurveyId) -> Caller {
    Caller {
        issuer: Arc::from("survey link"),
        subject: survey.to_string(),
        actor_id: survey.respondent().0,
        role: Role::Customer,
        second_factor: false,
    }
}
