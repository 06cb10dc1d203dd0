//! What can be set about the router.

use docket_domain::routing::Rules;
use docket_service::config::{Check, ConfigError};
use jiff::SignedDuration;
use serde::Deserialize;

use super::plan::Settings;

/// Section `router`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouterConfig {
    /// Whether waiting tickets are given to consultants. Default: true.
    pub enabled: bool,
    /// How long a consultant has to accept, in seconds; then the ticket goes to the next. Default:
    /// 900.
    pub accept_within_s: u32,
    /// After how many attempts without anybody accepting a manager must assign a ticket. Default: 3.
    pub attempts_max: u32,
    /// How long a ticket that could be assigned may wait, in milliseconds, before a standby becomes
    /// active; up to a quarter more, another share for each router. Default: 2,000. With 0 there is
    /// no waiting: for a router that is alone.
    pub takeover_ms: u32,
    /// The most commands on their way at once in each partition of the log, and at most 256 in all.
    /// Default: 16.
    pub in_flight_max: usize,
    /// What counts how much; see `docs/decisions/0008`.
    pub weights: Weights,
}

/// Section `router.weights`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Weight of being near. Default: 300.
    pub distance: u16,
    /// Weight of having room. Default: 200.
    pub load: u16,
    /// Weight of knowing well what is asked for. Default: 100.
    pub skill: u16,
    /// Weight of speaking the customer's language. Default: 150.
    pub language: u16,
    /// Weight of being the one the customer asked for. Default: 150.
    pub preferred: u16,
    /// Weight of not having been given anything for long. Default: 100.
    pub fairness: u16,
    /// Metres at which half of the grade for being near is left. Default: 20,000.
    pub half_distance_m: u32,
    /// Seconds without an assignment that bring half of the grade for fairness. Default: 7,200.
    pub half_idle_s: u32,
    /// Seconds by which a step of priority goes before. Default: 86,400.
    pub priority_step_s: u32,
}

impl Default for RouterConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            accept_within_s: 900,
            attempts_max: 3,
            takeover_ms: 2_000,
            in_flight_max: 16,
            weights: Weights::default(),
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        let Rules {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        } = Rules::default();
        Self {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        }
    }
}

impl Check for RouterConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nothing would be assigned";
        ConfigError::unless(self.accept_within_s > 0, "router.accept_within_s", none)?;
        ConfigError::unless(self.attempts_max > 0, "router.attempts_max", none)?;
        ConfigError::unless(self.in_flight_max > 0, "router.in_flight_max", none)
    }
}

impl RouterConfig {
    /// As the [plan](super::plan::Plan) takes them.
    pub fn settings(&self) -> Settings {
        let Weights {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        } = self.weights;
        Settings {
            rules: Rules {
                distance,
                load,
                skill,
                language,
                preferred,
                fairness,
                half_distance_m,
                half_idle_s,
                priority_step_s,
            },
            accept_within: SignedDuration::from_secs(self.accept_within_s.into()),
            attempts_max: self.attempts_max,
            takeover: SignedDuration::from_millis(self.takeover_ms.into()),
            flights_max: self.in_flight_max,
        }
    }
}
