//! The catalogue, whole or of one kind.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::{Caller, Problem};

use super::answer::Answer;
use super::{App, openapi};
use crate::catalogue::{self, KINDS};
use crate::parameters::Parameters;
use crate::problems::Error;

/// A path for each kind, not one with a parameter: the command API has its own parameter there, and
/// the all-in-one serves both.
pub(super) fn routes(mut routes: Router<App>) -> Router<App> {
    routes = routes.route("/v1/catalogue", get(whole));
    for kind in KINDS {
        let of_kind = async move |app, caller, headers, parameters| {
            read(app, caller, headers, parameters, Some(kind)).await
        };
        routes = routes.route(&format!("/v1/catalogue/{kind}"), get(of_kind));
    }
    routes
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
    app: State<App>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    read(app, caller, headers, parameters, None).await
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
async fn read(
    State(app): State<App>,
    _: Caller,
    headers: HeaderMap,
    parameters: Parameters,
    kind: Option<&'static str>,
) -> Result<Response, Problem> {
    parameters.finish()?;
    app.wait(&headers).await?;
    let read = catalogue::read(&app.pool, kind).await;
    let (catalogue, position) = app
        .settled(read, "catalogue".to_owned(), &headers, true)
        .await?;
    let body = serde_json::to_vec(&catalogue).map_err(Error::from)?;
    Ok(Answer::of_version(catalogue.version, body)
        .at(position)
        .to(&headers))
}
