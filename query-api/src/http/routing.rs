//! The queue, and what routers decided on a ticket.
//!
//! They are read from a view of their own, which not every process is told of.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::auth::Verifier;
use docket_service::{Caller, Path, Problem};
use uuid::Uuid;

use super::answer::Answer;
use super::{App, not_served, openapi};
use crate::access::SeesRouting;
use crate::parameters::Parameters;
use crate::problems::Error;
use crate::routing::{self, Filter, Page};

/// What these requests share.
#[derive(Clone)]
pub(crate) struct RoutingApp {
    /// The same as for other requests, over the routing view.
    pub(crate) view: App,
    pub(crate) priority_step_s: u32,
}

impl FromRef<RoutingApp> for Verifier {
    fn from_ref(app: &RoutingApp) -> Self {
        app.view.verifier.clone()
    }
}

pub(super) fn router(view: Option<RoutingApp>) -> Router {
    let paths = ["/v1/queue", "/v1/tickets/{id}/routing"];
    match view {
        Some(app) => Router::new()
            .route(paths[0], get(queue))
            .route(paths[1], get(ticket))
            .with_state(app),
        None => not_served(&paths, "query.routing"),
    }
}

/// The tickets that wait for a consultant, in the order of their turns, and why each waits.
#[utoipa::path(
    get,
    path = "/v1/queue",
    operation_id = "queue",
    tag = "queries",
    params(routing::QueueParameters, routing::QueueList, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A part of the queue", body = Page, headers(
            ("ETag" = String, description = "A digest of the answer"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn queue(
    State(app): State<RoutingApp>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let filter = Filter::parse(parameters)?;
    let view = &app.view;
    let page = async {
        if SeesRouting::of(&caller) == SeesRouting::All {
            routing::page(&view.pool, filter, app.priority_step_s).await
        } else {
            Ok(Page::default())
        }
    };
    view.list(&headers, page).await
}

/// Each decision of a router on a ticket, explained, and why it waits now if it does.
#[utoipa::path(
    get,
    path = "/v1/tickets/{id}/routing",
    operation_id = "routing",
    tag = "queries",
    params(("id" = Uuid, Path, description = "The ticket"), openapi::ReadHeaders),
    responses(
        (status = 200, description = "Its decisions", body = routing::RoutingView, headers(
            ("ETag" = String, description = "A digest of the answer"),
            ("Docket-Position" = String, description = "Where the view stood in the ticket's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn ticket(
    State(app): State<RoutingApp>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.finish()?;
    let view = &app.view;
    let sees = SeesRouting::of(&caller);
    view.wait(&headers).await?;
    let read = routing::ticket(&view.pool, id, sees).await;
    let sees_all = sees == SeesRouting::All;
    let settled = view.settled(read, format!("ticket-{id}"), &headers, sees_all);
    let (routing, position) = settled.await?;
    let body = serde_json::to_vec(&routing).map_err(Error::from)?;
    Ok(Answer::of_bytes(body).at(position).to(&headers))
}
