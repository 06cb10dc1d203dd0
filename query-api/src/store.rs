//! The connections to one generation of the view.

use sqlx::postgres::{PgPool, PgPoolOptions};

use crate::config::QueryConfig;

/// A pool that sees one generation, never writes, and gives up on slow queries. Connects when it
/// is first used.
pub(crate) fn open(config: &QueryConfig) -> Result<PgPool, docket_migrations::Error> {
    let statement_timeout = config.statement_timeout_ms.to_string();
    let options = docket_migrations::connect_options(&config.url, &config.schema)?
        .application_name("docket query-api")
        .options([
            ("default_transaction_read_only", "on"),
            ("statement_timeout", statement_timeout.as_str()),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(config.connections_max)
        .acquire_timeout(config.connect_timeout())
        // Every query may meet a broken connection anyway; a ping before each only costs.
        .test_before_acquire(false)
        .connect_lazy_with(options))
}
