//! The query API as a process uses it: started, merged with other routers, stopped with the rest.

use std::time::Duration;

use axum::Router;
use docket_service::Shutdown;
use docket_service::auth::Verifier;
use docket_service::health::{Component, Health};
use docket_service::telemetry::Chain;
use sqlx::postgres::PgPool;
use utoipa::openapi::OpenApi;

use crate::config::QueryConfig;
use crate::http::{self, App};
use crate::position::Positions;
use crate::problems::Error;
use crate::store;

/// How often readiness is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Reads one generation of the view. Cheap to clone.
#[derive(Clone, Debug)]
pub struct QueryApi {
    pool: PgPool,
    positions: Positions,
}

impl QueryApi {
    /// Starts it; needs no database yet. Whether there is one shows in the health's component
    /// `query-api`.
    pub fn start(
        config: &QueryConfig,
        health: &Health,
        shutdown: &Shutdown,
    ) -> Result<Self, docket_migrations::Error> {
        let pool = store::open(config)?;
        let look = look(pool.clone(), health.component("query-api"));
        let ended = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = ended.requested() => {}
                () = look => {}
            }
        });
        Ok(Self {
            positions: Positions::start(pool.clone(), config, shutdown),
            pool,
        })
    }

    /// The routes, for [`docket_service::server::api`]. They can be merged with the command API's.
    pub fn router(&self, verifier: Verifier) -> Router {
        http::router(App {
            pool: self.pool.clone(),
            positions: self.positions.clone(),
            verifier,
        })
    }

    /// The OpenAPI 3.1 document, which can be merged with the command API's.
    pub fn openapi() -> OpenApi {
        http::document()
    }
}

/// Ready as long as there is a view to read.
async fn look(pool: PgPool, component: Component) {
    let mut logged = String::new();
    loop {
        let seen = sqlx::query("SELECT FROM checkpoint LIMIT 1")
            .execute(&pool)
            .await;
        match seen.map_err(Error::from) {
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
