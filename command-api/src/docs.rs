//! An OpenAPI document and a page to try it, for whichever APIs a process serves.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// `/openapi.json` and `/docs`. Neither needs a token.
pub fn router(document: OpenApi) -> Router {
    SwaggerUi::new("/docs")
        .url("/openapi.json", document)
        .into()
}
