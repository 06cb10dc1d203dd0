//! The query API as a process uses it: started, merged with other routers, stopped with the rest.

use std::time::Duration;

use axum::Router;
use docket_service::Shutdown;
use docket_service::auth::Verifier;
use docket_service::health::{Component, Health};
use docket_service::telemetry::Chain;
use utoipa::openapi::OpenApi;

use crate::config::QueryConfig;
use crate::http::{self, App, RoutingApp};
use crate::position::Positions;
use crate::problems::Error;
use crate::store::Connections;
use crate::turns::Turns;

/// How often readiness is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Reads one generation of each view. Cheap to clone.
#[derive(Clone, Debug)]
pub struct QueryApi {
    read_model: Source,
    routing: Option<Source>,
    survey: Option<Source>,
    priority_step_s: u32,
}

/// A view.
#[derive(Clone, Debug)]
struct Source {
    pool: Connections,
    positions: Positions,
    turns: Turns,
}

impl Source {
    fn open(config: &QueryConfig, shutdown: &Shutdown) -> Result<Self, docket_migrations::Error> {
        let pool = Connections::open(config)?;
        Ok(Self {
            positions: Positions::start(pool.clone(), config, shutdown),
            turns: Turns::of(config),
            pool,
        })
    }

    fn app(&self, verifier: Verifier) -> App {
        App {
            pool: self.pool.clone(),
            positions: self.positions.clone(),
            turns: self.turns.clone(),
            verifier,
        }
    }
}

impl QueryApi {
    /// Starts it; needs no database yet. Whether there is one shows in the health's component
    /// `query-api`; another view that is away fails what asks for it, and nothing else.
    pub fn start(
        config: &QueryConfig,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Result<Self, docket_migrations::Error> {
        let read_model = Source::open(config, shutdown)?;
        let open = |config: Option<QueryConfig>| {
            let source = config.map(|config| Source::open(&config, shutdown));
            source.transpose()
        };
        let (routing, survey) = (open(config.of_routing())?, open(config.of_survey())?);
        let look = look(read_model.pool.clone(), health.component("query-api"));
        let ended = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = ended.requested() => {}
                () = look => {}
            }
        });
        Ok(Self {
            read_model,
            routing,
            survey,
            priority_step_s: config
                .routing
                .as_ref()
                .map_or(0, |routing| routing.priority_step_s),
        })
    }

    /// The routes, for [`docket_service::server::api`]. They can be merged with the command API's.
    pub fn router(&self, verifier: Verifier) -> Router {
        let app = |source: &Source| source.app(verifier.clone());
        let survey = self.survey.as_ref().map(app);
        let routing = self.routing.as_ref().map(|source| RoutingApp {
            view: app(source),
            priority_step_s: self.priority_step_s,
        });
        http::router(self.read_model.app(verifier), routing, survey)
    }

    /// The OpenAPI 3.1 document, which can be merged with the command API's.
    pub fn openapi() -> OpenApi {
        http::document()
    }
}

/// Ready as long as there is a view to read.
async fn look(pool: Connections, component: Component) {
    let mut logged = String::new();
    loop {
        let seen = pool.answered(async {
            sqlx::query("SELECT FROM checkpoint LIMIT 1")
                .execute(&mut *pool.acquire().await?)
                .await
        });
        match seen.await.map_err(Error::from) {
            Ok(_) => {
                logged.clear();
                component.ok();
            }
            Err(error) => {
                component.failing(error.to_string());
                // Why (no such host, a wrong password) is for the log: anybody may ask readiness.
                let why = Chain(&error).to_string();
                if why != logged {
                    tracing::warn!(error = why, "the view can't be read");
                    logged = why;
                }
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}
