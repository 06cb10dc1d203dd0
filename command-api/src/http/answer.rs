//! A single command's answer: its body, its status and its headers.

use axum::response::{IntoResponse, Response};
use docket_domain::ids::SurveyId;
use docket_domain::stream::{AnyCommandName, StreamId};
use http::header::{ETAG, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rejections::Reply;
use super::request::creates;
use super::{headers, position};
use crate::partition::command::Outcomed;

/// What a command came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommandAnswer {
    #[serde(flatten)]
    pub(super) stream: StreamMembers,
    /// The ticket's number that people read out on the phone, with its check digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    /// The stream's version after the command; its `ETag`.
    pub(super) version: u32,
    /// The ticket's status after the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    /// `applied`, or `unchanged` if it was so already.
    pub(super) outcome: &'static str,
    /// Where the answer lies in the log; opaque. With it as `Docket-Min-Position` a query shows
    /// what this command did.
    pub(super) position: String,
}

/// Which stream it is: one of these; none for the catalogue.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct StreamMembers {
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consultant: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Uuid>,
    /// The ticket's id, a hyphen and the number of its closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    survey: Option<Written>,
}

/// A survey's id as it is written out.
#[derive(Clone, Copy, Debug)]
struct Written(SurveyId);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl From<StreamId> for StreamMembers {
    fn from(stream: StreamId) -> Self {
        let mut members = Self::default();
        match stream {
            StreamId::Ticket(id) => members.ticket = Some(id.0),
            StreamId::Consultant(id) => members.consultant = Some(id.0),
            StreamId::Customer(id) => members.customer = Some(id.0),
            StreamId::Survey(id) => members.survey = Some(Written(id)),
            StreamId::Catalogue => {}
        }
        members
    }
}

/// The answer to a command of that name.
pub(super) fn into_response(name: AnyCommandName, reply: Reply) -> Response {
    match reply {
        Reply::Done {
            outcomed,
            status,
            applied,
        } => {
            let created = creates(name) && applied;
            let mut response = axum::Json(answer(&outcomed, status, applied)).into_response();
            if created {
                *response.status_mut() = StatusCode::CREATED;
                if let Some(location) = location(outcomed.stream) {
                    set(&mut response, LOCATION, &location);
                }
            }
            place(&mut response, &outcomed);
            response
        }
        Reply::Rejected { outcomed, problem } => {
            let mut response = problem.into_response();
            place(&mut response, &outcomed);
            response
        }
        Reply::Invalid(problem) | Reply::Unavailable(problem) => problem.into_response(),
    }
}

/// Where it can be looked at.
fn location(stream: StreamId) -> Option<String> {
    match stream {
        StreamId::Ticket(id) => Some(format!("/v1/tickets/{id}")),
        StreamId::Consultant(id) => Some(format!("/v1/consultants/{id}")),
        StreamId::Customer(id) => Some(format!("/v1/customers/{id}")),
        // They are looked at in lists.
        StreamId::Survey(_) | StreamId::Catalogue => None,
    }
}

fn answer(
    outcomed: &Outcomed,
    status: Option<docket_domain::StatusName>,
    applied: bool,
) -> CommandAnswer {
    CommandAnswer {
        stream: outcomed.stream.into(),
        number: outcomed.number.map(|number| number.to_string()),
        version: outcomed.version,
        status: status.map(docket_domain::StatusName::as_str),
        outcome: if applied { "applied" } else { "unchanged" },
        position: position(outcomed),
    }
}

fn place(response: &mut Response, outcomed: &Outcomed) {
    if outcomed.version > 0 {
        set(response, ETAG, &format!("\"{}\"", outcomed.version));
    }
    set(response, headers::POSITION, &position(outcomed));
}

fn set(response: &mut Response, name: http::HeaderName, value: &str) {
    // Numbers, ids and paths of ours: always a header's characters.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
