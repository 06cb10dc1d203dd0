//! The catalogue, whole or of one kind.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::{Caller, Path, Problem};

use super::answer::Answer;
use super::{App, openapi};
use crate::catalogue::{self, KINDS};
use crate::parameters::Parameters;
use crate::problems::Error;

/// The parameter is called as in the command API's path, since the all-in-one serves both.
pub(super) fn routes(routes: Router<App>) -> Router<App> {
    routes
        .route("/v1/catalogue", get(whole))
        .route("/v1/catalogue/{name}", get(of_kind))
}

/// All there is to choose from.
#[utoipa::path(
    get,
    path = "/v1/catalogue",
    operation_id = "catalogue",
    tag = "queries",
    params(openapi::ReadHeaders),
    responses(
        (status = 200, description = "The catalogue", body = catalogue::Catalogue, headers(
            ("ETag" = String, description = "The catalogue's version, in quotes; If-Match of a command takes it"),
            ("Docket-Position" = String, description = "Where the view stood in the catalogue's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
async fn whole(
    State(app): State<App>,
    _: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    read(&app, &headers, parameters, None).await
}

/// The catalogue's entries of one kind.
#[utoipa::path(
    get,
    path = "/v1/catalogue/{kind}",
    operation_id = "catalogue_of_kind",
    tag = "queries",
    params(
        ("kind" = String, Path, description = "category, skill, store, area or holiday"),
        openapi::ReadHeaders,
    ),
    responses(
        (status = 200, description = "The entries of that kind", body = catalogue::Catalogue, headers(
            ("ETag" = String, description = "The catalogue's version, in quotes; If-Match of a command takes it"),
            ("Docket-Position" = String, description = "Where the view stood in the catalogue's partition"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
async fn of_kind(
    State(app): State<App>,
    _: Caller,
    Path(kind): Path<String>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let known = KINDS.into_iter().find(|known| *known == kind);
    let known = known.ok_or(Error::NoKind { kind })?;
    read(&app, &headers, parameters, Some(known)).await
}

async fn read(
    app: &App,
    headers: &HeaderMap,
    parameters: Parameters,
    kind: Option<&'static str>,
) -> Result<Response, Problem> {
    parameters.finish()?;
    app.wait(headers).await?;
    let read = catalogue::read(&app.pool, kind).await;
    let (catalogue, position) = app
        .settled(read, "catalogue".to_owned(), headers, true)
        .await?;
    let body = serde_json::to_vec(&catalogue).map_err(Error::from)?;
    Ok(Answer::of_version(catalogue.version, body)
        .at(position)
        .to(headers))
}
