//! Consultants: one, and lists.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use docket_service::{Caller, Path, Problem};
use uuid::Uuid;

use super::answer::Answer;
use super::{App, openapi};
use crate::access::Sees;
use crate::consultants::{self, Filter, Page};
use crate::parameters::Parameters;
use crate::problems::Error;

/// A consultant, with what they have to do.
#[utoipa::path(
    get,
    path = "/v1/consultants/{id}",
    operation_id = "consultant",
    tag = "queries",
    params(("id" = Uuid, Path, description = "The consultant"), openapi::ReadHeaders),
    responses(
        (status = 200, description = "The consultant", body = consultants::ConsultantView, headers(
            ("ETag" = String, description = "A digest of the answer, which has the load in it; If-Match of a command takes the version"),
            ("Docket-Position" = String, description = "Where the view stood in the consultant's partition"),
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
    parameters.finish()?;
    let sees = Sees::of(&caller).consultants();
    app.wait(&headers).await?;
    let read = if sees {
        consultants::one(&app.pool, id).await
    } else {
        Err(consultants::not_found(id))
    };
    let (consultant, position) = app
        .settled(read, format!("consultant-{id}"), &headers, sees)
        .await?;
    let body = serde_json::to_vec(&consultant).map_err(Error::from)?;
    Ok(Answer::of_bytes(body).at(position).to(&headers))
}

/// Consultants, filtered, searched, sorted, with what they have to do.
#[utoipa::path(
    get,
    path = "/v1/consultants",
    operation_id = "consultants",
    tag = "queries",
    params(consultants::ConsultantParameters, consultants::ConsultantList, openapi::ReadHeaders),
    responses(
        (status = 200, description = "A page of consultants", body = Page, headers(
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
    let filter = Filter::parse(parameters)?;
    let page = async {
        if Sees::of(&caller).consultants() {
            consultants::page(&app.pool, &filter).await
        } else {
            Ok(Page::default())
        }
    };
    app.list(&headers, page).await
}
