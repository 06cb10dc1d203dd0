//! The paths, and what a request goes through on its way to the view.

mod answer;
mod openapi;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::auth::Verifier;
use docket_service::{Caller, Path, Position, Problem};
use sqlx::postgres::PgPool;
use uuid::Uuid;

use self::answer::Answer;
use crate::access::Sees;
use crate::as_of::{self, When};
use crate::list::{self, Filter};
use crate::parameters::{Parameters, time};
use crate::position::{self, Positions};
use crate::problems::Error;
use crate::timeline;

pub(crate) use openapi::document;

const TIMELINE_LIMIT_DEFAULT: u32 = 100;

/// What every request shares.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) positions: Positions,
    pub(crate) verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/v1/tickets", get(tickets))
        .route("/v1/tickets/{id}", get(ticket))
        .route("/v1/tickets/{id}/timeline", get(ticket_timeline))
        .with_state(app)
}

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
async fn ticket(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let when = when(parameters)?;
    let sees = Sees::of(&caller);
    app.wait_for(id, &headers, sees).await?;
    let (ticket, position) = as_of::read(&app.pool, id, when, sees).await?;
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
        (status = 200, description = "A part of the timeline", body = timeline::Timeline, headers(
            ("ETag" = String, description = "A digest of the answer"),
            ("Docket-Position" = String, description = "Where the view stood in the ticket's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
async fn ticket_timeline(
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
    app.wait_for(id, &headers, sees).await?;
    let (timeline, position) =
        timeline::read(&app.pool, id, after.unwrap_or(0), limit, sees).await?;
    let body = serde_json::to_vec(&timeline).map_err(Error::from)?;
    Ok(Answer::of_bytes(body).at(position).to(&headers))
}

/// Tickets, filtered, searched, sorted.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    operation_id = "tickets",
    tag = "queries",
    params(list::ListParameters, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A page of tickets", body = list::Page, headers(
            ("ETag" = String, description = "A digest of the answer"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
async fn tickets(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let sees = Sees::of(&caller);
    let filter = Filter::parse(parameters, sees)?;
    let reached = app.wait(&headers).await?;
    let page = list::read(&app.pool, &filter, sees).await?;
    let body = serde_json::to_vec(&page).map_err(Error::from)?;
    // A list is of all partitions; the one that was asked for is the one to tell.
    Ok(Answer::of_bytes(body).at(reached).to(&headers))
}

impl App {
    /// Waits for `Docket-Min-Position`, if there is one.
    async fn wait(&self, headers: &HeaderMap) -> Result<Option<Position>, Error> {
        match position::wanted(headers)? {
            Some(wanted) => self.positions.reached(wanted).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for one ticket, whose stream may be parked while its partition goes on.
    async fn wait_for(&self, id: Uuid, headers: &HeaderMap, sees: Sees) -> Result<(), Error> {
        if let Some(wanted) = position::wanted(headers)? {
            self.positions.reached(wanted).await?;
            position::not_parked(&self.pool, id, wanted, sees).await?;
        }
        Ok(())
    }
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
