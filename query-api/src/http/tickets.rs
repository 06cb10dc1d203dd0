//! Tickets: one, now or as it was; its timeline; lists.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use docket_service::{Caller, Path, Problem};
use uuid::Uuid;

use super::answer::Answer;
use super::{App, openapi};
use crate::access::Sees;
use crate::as_of::{self, When};
use crate::parameters::{Parameters, time};
use crate::problems::Error;
use crate::tickets::{self, Filter};

const TIMELINE_LIMIT_DEFAULT: u32 = 100;

/// The ticket as it is, or as it was.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}",
    operation_id = "ticket",
    tag = "queries",
    params(("id" = Uuid, Path, description = "The ticket"), openapi::TicketParameters, openapi::ReadHeaders),
    responses(
        (status = 200, description = "The ticket", body = crate::ticket::TicketView, headers(
            ("ETag" = String, description = "The version, in quotes; If-Match of a command takes it"),
            ("Docket-Position" = String, description = "Where the view stood in the ticket's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn one(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let when = when(parameters)?;
    let sees = Sees::of(&caller);
    app.wait(&headers).await?;
    let read = as_of::read(&app.pool, id, when, sees).await;
    let (ticket, position) = app
        .settled(read, format!("ticket-{id}"), &headers, sees == Sees::All)
        .await?;
    let body = ticket.to_json(sees).map_err(Error::from)?;
    Ok(Answer::of_version(ticket.version, body)
        .at(position)
        .to(&headers))
}

/// Every event of a ticket, in order, readable.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/timeline",
    operation_id = "timeline",
    tag = "queries",
    params(("id" = Uuid, Path, description = "The ticket"), openapi::TimelineParameters, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A part of the timeline", body = crate::timeline::Timeline, headers(
            ("ETag" = String, description = "A digest of the answer"),
            ("Docket-Position" = String, description = "Where the view stood in the ticket's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn timeline(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let limit = parameters.limit(TIMELINE_LIMIT_DEFAULT);
    let after = parameters.one("cursor", |text| match text.parse() {
        Ok(version @ 0..) => Ok(version),
        _ => Err("is not a cursor: send next_cursor as it was".to_owned()),
    });
    parameters.finish()?;
    let sees = Sees::of(&caller);
    app.wait(&headers).await?;
    let read = crate::timeline::read(&app.pool, id, after.unwrap_or(0), limit, sees).await;
    let (timeline, position) = app
        .settled(read, format!("ticket-{id}"), &headers, sees == Sees::All)
        .await?;
    let body = serde_json::to_vec(&timeline).map_err(Error::from)?;
    Ok(Answer::of_bytes(body).at(position).to(&headers))
}

/// Tickets, filtered, searched, sorted.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    operation_id = "tickets",
    tag = "queries",
    params(tickets::ListParameters, tickets::TicketList, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A page of tickets", body = tickets::Page, headers(
            ("ETag" = String, description = "A digest of the answer"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let sees = Sees::of(&caller);
    let filter = Filter::parse(parameters, sees)?;
    let page = tickets::read(&app.pool, &filter, sees);
    app.list(&headers, page).await
}

/// Which state of the ticket is asked for.
fn when(mut parameters: Parameters) -> Result<When, Error> {
    let version = parameters.one("version", |text| match text.parse() {
        Ok(version @ 1_u32..) => Ok(version),
        _ => Err(format!("{text:?} is not a version: a number from 1")),
    });
    let at = parameters.one("at", time);
    if parameters.has("version") && parameters.has("at") {
        parameters.error("at", "can't be given together with version");
    }
    parameters.finish()?;
    Ok(match (version, at) {
        (Some(version), _) => When::Version(version),
        (None, Some(at)) => When::At(at),
        (None, None) => When::Now,
    })
}
