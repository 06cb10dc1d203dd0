//! The HTTP edge of the command API: paths, headers, bodies, answers.
//!
//! What needs no state (a malformed body, a missing key, a full queue) is answered here; everything
//! else is the partitions' answer, turned into HTTP in one place ([`rejections`]).

mod answer;
pub(crate) mod attempts;
mod bulk;
mod figures;
pub(crate) mod headers;
mod lines;
pub(crate) mod openapi;
mod paths;
pub(crate) mod rejections;
mod request;
mod single;
mod survey;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use docket_service::auth::Verifier;
use docket_service::position::Position;
use docket_service::problem::Problem;
use docket_service::survey_link::SurveyLinks;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

use self::attempts::Attempts;
use crate::config::CommandConfig;
use crate::forward::{Forwarding, addressee};
use crate::partition::Partitions;
use crate::partition::command::Outcomed;

/// What every handler has at hand; cloned for each request, several times, by axum.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) config: Arc<CommandConfig>,
    pub(crate) verifier: Verifier,
    pub(crate) survey_links: SurveyLinks,
    pub(crate) survey_attempts: Attempts,
    /// None where this replica neither owns nor forwards.
    pub(crate) forwarding: Option<Arc<Forwarding>>,
    /// On the answers to what was forwarded here.
    pub(crate) signature: addressee::Signature,
    /// Cancelled when bulk requests are to take no more lines.
    pub(crate) closing: CancellationToken,
}

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// The routes, without anything around them.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/v1/tickets", post(paths::open))
        .route("/v1/tickets/{id}/{command}", post(paths::ticket))
        .route("/v1/tickets/{id}/survey", post(survey::answer))
        .route("/v1/consultants", post(paths::register_consultant))
        .route("/v1/consultants/{id}/{command}", post(paths::consultant))
        .route("/v1/customers", post(paths::register_customer))
        .route("/v1/customers/{id}/{command}", post(paths::customer))
        .route("/v1/surveys/{id}/{command}", post(survey::survey))
        .route("/v1/catalogue/{name}", post(paths::catalogue))
        .route("/v1/commands", post(bulk::bulk))
        .layer(from_fn_with_state(app.clone(), addressee::check))
        .with_state(app)
}

/// Where an outcome lies, as clients see it.
fn position(outcomed: &Outcomed) -> String {
    Position {
        incarnation: outcomed.incarnation,
        partition: outcomed.partition,
        sequence: outcomed.sequence,
    }
    .to_string()
}

fn too_large(what: &str, max: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "The body is too large",
    )
    .detail(format!("{what} is longer than {max} bytes"))
    .with("bytes_max", max)
}
