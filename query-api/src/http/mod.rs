//! The paths, and what a request goes through on its way to the view.

mod answer;
mod catalogue;
mod consultants;
mod customers;
mod openapi;
mod routing;
mod surveys;
mod tickets;

use axum::Router;
use axum::extract::FromRef;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use docket_service::auth::Verifier;
use docket_service::survey_page;
use docket_service::{Position, Problem};
use serde::Serialize;

use self::answer::Answer;
use crate::position::{self, Positions};
use crate::problems::Error;
use crate::store::Connections;
use crate::turns::Turns;

pub(crate) use openapi::document;
pub(crate) use routing::RoutingApp;

/// What every request shares.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: Connections,
    pub(crate) positions: Positions,
    /// Of lists and searches.
    pub(crate) turns: Turns,
    pub(crate) verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// What is read of each view, of those that there are.
pub(crate) fn router(app: App, routing: Option<RoutingApp>, survey: Option<App>) -> Router {
    let routes = Router::new()
        .route("/v1/tickets", get(tickets::list))
        .route("/v1/tickets/{id}", get(tickets::one))
        .route("/v1/tickets/{id}/timeline", get(tickets::timeline))
        .route("/v1/consultants", get(consultants::list))
        .route("/v1/consultants/{id}", get(consultants::one))
        .route("/v1/customers", get(customers::list))
        .route("/v1/customers/{id}", get(customers::one));
    let routes = catalogue::routes(routes).with_state(app);
    routes
        .merge(routing::router(routing))
        .merge(surveys::router(survey))
        .merge(survey_page::router())
}

/// Paths over a view that this process isn't told of.
fn not_served(paths: &[&str], section: &'static str) -> Router {
    let refused = async move || Problem::from(Error::NotServed { section });
    paths.iter().fold(Router::new(), |routes, path| {
        routes.route(path, get(refused))
    })
}

impl App {
    /// Waits for `Docket-Min-Position`, if there is one.
    async fn wait(&self, headers: &HeaderMap) -> Result<Option<Position>, Error> {
        match position::wanted(headers)? {
            Some(wanted) => self.positions.reached(wanted).await.map(Some),
            None => Ok(None),
        }
    }

    /// Answers with a list, or with what is counted over many rows, when it is its turn.
    async fn list<T: Serialize>(
        &self,
        headers: &HeaderMap,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Response, Problem> {
        let reached = self.wait(headers).await?;
        let _turn = self.turns.take().await?;
        let body = serde_json::to_vec(&read.await?).map_err(Error::from)?;
        // A list is of all partitions; the one that was asked for is the one to tell.
        Ok(Answer::of_bytes(body).at(reached).to(headers))
    }

    /// What was read of one stream after that wait, unless the stream is parked while its partition
    /// goes on. Who can't see it and doesn't `see_all` learns nothing of that either.
    async fn settled<T>(
        &self,
        read: Result<T, Error>,
        stream: String,
        headers: &HeaderMap,
        sees_all: bool,
    ) -> Result<T, Error> {
        let hidden = !sees_all && matches!(read, Err(Error::NotFound { .. }));
        if let Some(wanted) = position::wanted(headers)?
            && !hidden
        {
            position::not_parked(&self.pool, stream, wanted).await?;
        }
        read
    }
}
