//! Surveys: lists, and what they come to.
//!
//! They are read from a view of their own, which not every process is told of.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::{Caller, Problem};

use super::{App, not_served, openapi};
use crate::access::SeesSurveys;
use crate::parameters::Parameters;
use crate::surveys::{self, Filter, Page, SummaryFilter, SummaryView};

pub(super) fn router(view: Option<App>) -> Router {
    let paths = ["/v1/surveys", "/v1/surveys/summary"];
    match view {
        Some(app) => Router::new()
            .route(paths[0], get(list))
            .route(paths[1], get(summary))
            .with_state(app),
        None => not_served(&paths, "query.survey"),
    }
}

/// Who was asked how it went, and what they answered. For managers; a consultant sees those about
/// their own work.
#[utoipa::path(
    get,
    path = "/v1/surveys",
    operation_id = "surveys",
    tag = "queries",
    params(
        surveys::AboutParameters, surveys::SurveyParameters, surveys::SurveyList,
        openapi::ReadHeaders,
    ),
    responses(
        (status = 200, description = "A page of surveys", body = Page, headers(
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
    let page = surveys::page(&app.pool, &filter, SeesSurveys::of(&caller));
    app.list(&headers, page).await
}

/// How many answered, and how well it went; of a consultant's own work, if one asks. What is asked and
/// what is answered count for the time of the invitation.
#[utoipa::path(
    get,
    path = "/v1/surveys/summary",
    operation_id = "survey_summary",
    tag = "queries",
    params(surveys::AboutParameters, surveys::SummaryParameters, openapi::ReadHeaders),
    responses(
        (status = 200, description = "The figures", body = SummaryView, headers(
            ("ETag" = String, description = "A digest of the answer"),
        )),
        openapi::Refusals,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn summary(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let filter = SummaryFilter::parse(parameters)?;
    let summary = surveys::summary(&app.pool, &filter, SeesSurveys::of(&caller));
    app.list(&headers, summary).await
}
