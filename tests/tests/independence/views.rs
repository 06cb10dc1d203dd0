//! The views, each with a projector that can be stopped, doubled, slowed down and sent back to the
//! beginning, and a database that may be its own.

use std::collections::BTreeMap;

use docket_agreement::{Counted, View};
use docket_event_log::Log;
use docket_projectors::outbox::OutboxConfig;
use docket_projectors::projector::Handle;
use docket_projectors::read_model::PgConfig;
use docket_projectors::routing::RoutingConfig;
use docket_projectors::survey::SurveyConfig;
use docket_projectors::{outbox, read_model, routing, survey};
use docket_service::Shutdown;
use docket_service::health::Health;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// Where each view is, and its projectors.
pub(crate) struct Views {
    log: Log,
    urls: BTreeMap<&'static str, String>,
    projectors: BTreeMap<&'static str, Vec<Projector>>,
}

struct Projector {
    handle: Handle,
    shutdown: Shutdown,
}

/// The generation that all tests fill.
pub(crate) fn schema(view: View) -> String {
    format!("{}_1", view.name())
}

impl Views {
    /// All of them, with a projector each.
    pub(crate) fn start(log: &Log, url: impl Fn(View) -> String) -> Self {
        let mut views = Self {
            log: Log::clone(log),
            urls: View::ALL.map(|view| (view.name(), url(view))).into(),
            projectors: BTreeMap::new(),
        };
        for view in View::ALL {
            views.project(view);
        }
        views
    }

    pub(crate) fn url(&self, view: View) -> &str {
        &self.urls[view.name()]
    }

    /// Starts a projector; another one, if there is one.
    pub(crate) fn project(&mut self, view: View) {
        let shutdown = Shutdown::new();
        let health = Health::new(&shutdown);
        let (log, url) = (Log::clone(&self.log), self.url(view));
        let handle = match view {
            View::ReadModel => read_model::start(log, PgConfig::new(url), &health, &shutdown),
            View::Routing => routing::start(log, RoutingConfig::new(url), &health, &shutdown),
            View::Survey => survey::start(log, SurveyConfig::new(url), &health, &shutdown),
            View::Outbox => outbox::start(log, OutboxConfig::new(url), &health, &shutdown),
        };
        let projectors = self.projectors.entry(view.name()).or_default();
        projectors.push(Projector { handle, shutdown });
    }

    /// Stops a view's projectors.
    pub(crate) async fn stop(&mut self, view: View) {
        for projector in self.projectors.remove(view.name()).unwrap_or_default() {
            projector.shutdown.request();
            projector.handle.stopped().await;
        }
    }

    pub(crate) async fn stop_all(&mut self) {
        for view in View::ALL {
            self.stop(view).await;
        }
    }

    /// Forgets all of a view.
    pub(crate) async fn drop(&self, view: View) {
        self.execute(view, "DROP SCHEMA {schema} CASCADE").await;
    }

    /// Lets each batch of a view take this much longer.
    pub(crate) async fn slow_down(&self, view: View) {
        self.execute(
            view,
            "CREATE FUNCTION {schema}.slowly() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN new; END $$;
             CREATE TRIGGER slowly BEFORE UPDATE ON {schema}.checkpoint
                 FOR EACH ROW EXECUTE FUNCTION {schema}.slowly()",
        )
        .await;
    }

    pub(crate) async fn speed_up(&self, view: View) {
        self.execute(view, "DROP FUNCTION {schema}.slowly CASCADE")
            .await;
    }

    /// Holds up every reader and writer of a view's checkpoints, until it is dropped.
    pub(crate) async fn block(&self, view: View) -> PgConnection {
        let mut connection = self.connect(view).await;
        let lock = "BEGIN; LOCK TABLE {schema}.checkpoint IN ACCESS EXCLUSIVE MODE";
        let lock = lock.replace("{schema}", &schema(view));
        let locked = connection.execute(AssertSqlSafe(lock)).await;
        locked.expect("nobody else locks it");
        connection
    }

    async fn connect(&self, view: View) -> PgConnection {
        let connection = PgConnection::connect(self.url(view)).await;
        connection.expect("the database is there")
    }

    async fn execute(&self, view: View, sql: &'static str) {
        let sql = sql.replace("{schema}", &schema(view));
        let mut connection = self.connect(view).await;
        connection
            .execute(AssertSqlSafe(sql))
            .await
            .expect("it can be done");
    }

    /// A count in a view's schema.
    pub(crate) async fn count(&self, view: View, of: &'static str) -> i64 {
        let sql = format!("SELECT count(*) FROM {}.{of}", schema(view));
        let mut connection = self.connect(view).await;
        let count = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection);
        count.await.expect("the table is there")
    }

    /// Waits until a view shows all of the log, and holds it to that.
    pub(crate) async fn follows(&self, view: View) -> Counted {
        let (url, schema) = (self.url(view), schema(view));
        docket_agreement::caught_up(&self.log, url, &schema).await;
        docket_agreement::agrees(&self.log, view, url, &schema).await
    }

    /// The same for all but one.
    pub(crate) async fn all_follow_but(&self, disturbed: &[View]) {
        for view in View::ALL {
            if !disturbed.contains(&view) {
                self.follows(view).await;
            }
        }
    }

    pub(crate) async fn all_follow(&self) {
        self.all_follow_but(&[]).await;
    }
}
