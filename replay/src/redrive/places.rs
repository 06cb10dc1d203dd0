//! Where what is given up lies: the views' and the deliveries' sections of a configuration.

use docket_delivery::{DeliveryConfig, Queue};
use docket_projectors::outbox::{self, OutboxConfig};
use docket_projectors::projector::{self, Parked};
use docket_projectors::read_model::{self, PgConfig};
use docket_projectors::routing::{self, RoutingConfig};
use docket_projectors::survey::{self, SurveyConfig};
use docket_service::config::{Check, ConfigError, ConfigSources};
use serde::Deserialize;

use super::Error;

/// What can be set going again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum What {
    /// Parked streams of the read model.
    ReadModel,
    /// Parked streams of the routing view.
    Routing,
    /// Parked streams of the outbox.
    Outbox,
    /// Parked streams of the survey view.
    Survey,
    /// Dead deliveries of notifications.
    Deliveries,
}

impl What {
    /// Each, in the order in which they are gone through: an outbox before what it has delivered.
    pub const ALL: [Self; 5] = [
        Self::ReadModel,
        Self::Routing,
        Self::Outbox,
        Self::Survey,
        Self::Deliveries,
    ];

    /// As the configuration and the command line call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadModel => "read_model",
            Self::Routing => "routing",
            Self::Outbox => "outbox",
            Self::Survey => "survey",
            Self::Deliveries => "deliveries",
        }
    }
}

/// The sections of a services' configuration that say where; others don't matter.
#[derive(Clone, Debug, Deserialize)]
pub struct Places {
    read_model: Option<PgConfig>,
    routing: Option<RoutingConfig>,
    outbox: Option<OutboxConfig>,
    survey: Option<SurveyConfig>,
    delivery: Option<DeliveryConfig>,
}

impl Check for Places {
    fn check(&self) -> Result<(), ConfigError> {
        self.read_model.as_ref().map_or(Ok(()), Check::check)?;
        self.routing.as_ref().map_or(Ok(()), Check::check)?;
        self.outbox.as_ref().map_or(Ok(()), Check::check)?;
        self.survey.as_ref().map_or(Ok(()), Check::check)?;
        self.delivery.as_ref().map_or(Ok(()), Check::check)
    }
}

/// One of them, opened. Nothing is made that wasn't there.
#[derive(Debug)]
pub enum Place {
    /// A view.
    View {
        /// Its generation.
        schema: String,
        /// What it has parked.
        parked: Parked,
    },
    /// The deliveries.
    Deliveries(Queue),
}

impl Places {
    /// All in that database, in the schemas they have unless the environment says otherwise.
    pub fn in_database(url: &str) -> ConfigSources {
        let sections = ["read_model", "routing", "outbox", "survey", "delivery"];
        let sources = ConfigSources::from_environment(None);
        sections.iter().fold(sources, |sources, section| {
            sources.set(&format!("{section}.url"), url)
        })
    }

    pub(super) async fn open(&self, what: What) -> Result<Place, Error> {
        let view = what.name();
        let missing = Error::NotConfigured(view);
        match what {
            What::ReadModel => {
                let config = self.read_model.as_ref().ok_or(missing)?;
                place(view, &config.schema, read_model::parked(config).await)
            }
            What::Routing => {
                let config = self.routing.as_ref().ok_or(missing)?;
                place(view, &config.schema, routing::parked(config).await)
            }
            What::Outbox => {
                let config = self.outbox.as_ref().ok_or(missing)?;
                place(view, &config.schema, outbox::parked(config).await)
            }
            What::Survey => {
                let config = self.survey.as_ref().ok_or(missing)?;
                place(view, &config.schema, survey::parked(config).await)
            }
            What::Deliveries => {
                let missing = Error::NotConfigured("delivery");
                let config = self.delivery.as_ref().ok_or(missing)?;
                Ok(Place::Deliveries(Queue::existing(config).await?))
            }
        }
    }
}

fn place(
    view: &'static str,
    schema: &str,
    parked: Result<Parked, projector::Error>,
) -> Result<Place, Error> {
    let parked = parked.map_err(|source| Error::View { view, source })?;
    let schema = schema.to_owned();
    Ok(Place::View { schema, parked })
}
