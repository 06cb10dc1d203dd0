//! A view's section of the configuration: its database, and how it is filled.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::Duration;

use docket_service::config::{Check, ConfigError};
use docket_service::telemetry::Chain;
use serde::Deserialize;

/// Names a view: in configuration, metrics and health.
pub trait Section: Clone + Debug + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Default of [`ViewConfig::commit_interval_ms`].
    const COMMIT_INTERVAL_MS: u64;
}

/// A view's settings, the same for every view.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default, bound = "")]
pub struct ViewConfig<V: Section> {
    /// Where, such as `postgres://user@host/database`. Default: `postgres://localhost/docket`.
    pub url: String,
    /// The generation: a Postgres schema of its own. Default: the view's name and `_1`.
    pub schema: String,
    /// The most connections; one per partition at work. Default: 8.
    pub connections_max: u32,
    /// How long to wait for a connection before the database counts as down; for its work six times
    /// as long, and twice that each time it was in vain. Default: 5,000.
    pub connect_timeout_ms: u64,
    /// The most records that one transaction takes together; a batch is otherwise what has
    /// arrived. Default: 5,000.
    pub batch_records_max: usize,
    /// How long after a partition's transaction began the next one may, so that a view whose readers
    /// can wait a moment leaves the machine to others when much happens: all that comes meanwhile is
    /// one transaction. After a large one, as in a rebuild, nothing is waited for. Default: 0 for
    /// the read model, 100 for the other views.
    pub commit_interval_ms: u64,
    /// Which view.
    #[serde(skip)]
    pub view: PhantomData<V>,
}

impl<V: Section> Default for ViewConfig<V> {
    fn default() -> Self {
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: format!("{}_1", V::NAME),
            connections_max: 8,
            connect_timeout_ms: 5_000,
            batch_records_max: 5_000,
            commit_interval_ms: V::COMMIT_INTERVAL_MS,
            view: PhantomData,
        }
    }
}

impl<V: Section> ViewConfig<V> {
    /// The defaults, for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

impl<V: Section> Check for ViewConfig<V> {
    fn check(&self) -> Result<(), ConfigError> {
        let field = |name: &str| format!("{}.{name}", V::NAME);
        let none = "is 0, so that nothing would work";
        ConfigError::unless(self.connections_max > 0, field("connections_max"), none)?;
        ConfigError::unless(
            self.connect_timeout_ms > 0,
            field("connect_timeout_ms"),
            none,
        )?;
        ConfigError::unless(self.batch_records_max > 0, field("batch_records_max"), none)?;
        let usable = docket_migrations::connect_options(&self.url, &self.schema);
        let (name, why) = match &usable {
            Err(error @ docket_migrations::Error::SchemaName(_)) => ("schema", error.to_string()),
            Err(error) => ("url", Chain(error).to_string()),
            Ok(_) => ("", String::new()),
        };
        ConfigError::unless(usable.is_ok(), field(name), format!("can't be used: {why}"))
    }
}
