//! An OpenAPI document and a page to try it, for whichever APIs a process serves.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// `/openapi.json` and `/docs`, where `/` leads. None needs a token.
pub fn router(document: OpenApi) -> Router {
    Router::from(SwaggerUi::new("/docs").url("/openapi.json", document))
        .route("/", get(async || Redirect::to("/docs/")))
}
