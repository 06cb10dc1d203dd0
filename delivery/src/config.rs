//! Section `delivery`: the outbox to empty, and the ways out.
//!
//! A way that isn't configured is not an error: what would take it is held for a time, visibly, and then
//! dropped.

mod ways;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use docket_service::config::{Check, ConfigError};
use docket_service::telemetry::Chain;
use lettre::Address;
use reqwest::Url;
use serde::Deserialize;

pub use ways::{Endpoint, MailConfig, Secret, SmsConfig, SmsFormat, Tls, WebhookConfig};

/// The worker's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryConfig {
    /// The outbox's database. Default: `postgres://localhost/docket`.
    pub url: String,
    /// The schema of the state of deliveries. Default: `delivery`.
    pub schema: String,
    /// The generation of the outbox to read. Default: `outbox_1`.
    pub outbox: String,
    /// The most connections. Default: 8.
    pub connections_max: u32,
    /// How long to wait for a connection before the database counts as down; for its work six times
    /// as long. Default: 5,000.
    pub connect_timeout_ms: u64,
    /// How often to look for what is due. Default: 1,000.
    pub poll_interval_ms: u64,
    /// How long one attempt may take altogether. Default: 30,000.
    pub attempt_timeout_ms: u64,
    /// How much longer an attempt is left alone before another worker may begin the next one: the
    /// time to note its outcome. Default: 30,000.
    pub lease_margin_ms: u64,
    /// How many attempts to one target are under way at once, by this worker. Default: 4.
    pub concurrency: usize,
    /// How long to wait after each attempt that failed; after the last one the delivery is dead.
    /// Default: the schedule of Standard Webhooks, three days.
    pub retry_after_ms: Vec<u64>,
    /// How long to wait for a way to reach somebody. Then the delivery is dead where the customer has
    /// no address or isn't registered, and dropped where no configured way leads to them. Default: a
    /// day.
    pub contact_wait_ms: u64,
    /// How long what became of a delivery is kept after its end, dead letters included. Facts recorded
    /// longer ago are nobody's news any more. Default: 90 days.
    pub keep_ms: u64,
    /// The language of those who named none, or one there are no texts in. Default: `en`.
    pub language: String,
    /// A directory of texts, `<language>.toml`, in place of or besides our own.
    pub texts: Option<PathBuf>,
    /// Who writes, as the texts say it. Default: `Docket`.
    pub sender: String,
    /// The page where customers answer surveys, such as `https://support.example.org/survey`: the
    /// links in invitations lead there. Must be set where mail or text messages are sent.
    pub survey_page: Option<String>,
    /// Where managers get mail, by team; `default` for all other teams.
    pub managers: BTreeMap<String, String>,
    /// The way for mail.
    pub mail: Option<MailConfig>,
    /// The way for text messages.
    pub sms: Option<SmsConfig>,
    /// Who is told of events by HTTP.
    pub webhooks: WebhookConfig,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        const SECOND: u64 = 1_000;
        const MINUTE: u64 = 60 * SECOND;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        Self {
            url: "postgres://localhost/docket".to_owned(),
            schema: "delivery".to_owned(),
            outbox: "outbox_1".to_owned(),
            connections_max: 8,
            connect_timeout_ms: 5 * SECOND,
            poll_interval_ms: SECOND,
            attempt_timeout_ms: 30 * SECOND,
            lease_margin_ms: 30 * SECOND,
            concurrency: 4,
            retry_after_ms: vec![
                5 * SECOND,
                5 * MINUTE,
                30 * MINUTE,
                2 * HOUR,
                5 * HOUR,
                10 * HOUR,
                14 * HOUR,
                20 * HOUR,
                24 * HOUR,
            ],
            contact_wait_ms: DAY,
            keep_ms: 90 * DAY,
            language: "en".to_owned(),
            texts: None,
            sender: "Docket".to_owned(),
            survey_page: None,
            managers: BTreeMap::new(),
            mail: None,
            sms: None,
            webhooks: WebhookConfig::default(),
        }
    }
}

impl DeliveryConfig {
    pub(crate) fn attempt_timeout(&self) -> Duration {
        Duration::from_millis(self.attempt_timeout_ms)
    }

    pub(crate) fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_interval_ms)
    }

    /// Whether anybody is sent the links of surveys: customers, or a system that asks them itself.
    pub(crate) fn sends_survey_links(&self) -> bool {
        let mut endpoints = self.webhooks.endpoints.values();
        self.serves_people() || endpoints.any(|endpoint| endpoint.survey_links)
    }

    /// Whether any way leads to people.
    pub(crate) const fn serves_people(&self) -> bool {
        self.mail.is_some() || self.sms.is_some()
    }

    /// Whether there is a way out for this target; what has none is held.
    pub fn serves(&self, target: &str) -> bool {
        match target.strip_prefix("webhook:") {
            Some(name) => self.webhooks.endpoints.contains_key(name),
            None => {
                (target == "mail" && self.mail.is_some()) || (target == "sms" && self.sms.is_some())
            }
        }
    }

    /// Where the managers of a team get their mail.
    pub(crate) fn managers_of(&self, team: Option<&str>) -> Option<&str> {
        team.and_then(|team| self.managers.get(team))
            .or_else(|| self.managers.get("default"))
            .map(String::as_str)
    }
}

impl Check for DeliveryConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nothing would work";
        for (value, field) in [
            (u64::from(self.connections_max), "delivery.connections_max"),
            (self.connect_timeout_ms, "delivery.connect_timeout_ms"),
            (self.poll_interval_ms, "delivery.poll_interval_ms"),
            (self.attempt_timeout_ms, "delivery.attempt_timeout_ms"),
            (self.lease_margin_ms, "delivery.lease_margin_ms"),
            (self.concurrency as u64, "delivery.concurrency"),
            (self.keep_ms, "delivery.keep_ms"),
        ] {
            ConfigError::unless(value > 0, field, none)?;
        }
        let schemas = [self.schema.as_str(), self.outbox.as_str()];
        let options = docket_migrations::connect_options_to(&self.url, &schemas);
        usable("delivery.url or a schema", options)?;
        ConfigError::unless(
            self.schema != self.outbox,
            "delivery.schema",
            "is the outbox's own: a rebuild would take the state of deliveries with it",
        )?;
        for address in self.managers.values() {
            usable("delivery.managers", address.parse::<Address>())?;
        }
        if let Some(page) = &self.survey_page {
            let page = usable("delivery.survey_page", page.parse::<Url>())?;
            ConfigError::unless(
                ["http", "https"].contains(&page.scheme()) && page.fragment().is_none(),
                "delivery.survey_page",
                "must begin with https:// (or http://) and have no #",
            )?;
        }
        self.mail.as_ref().map_or(Ok(()), Check::check)?;
        if let Some(sms) = &self.sms {
            crate::sms::check(sms)?;
        }
        self.webhooks.check()
    }
}

/// The value, or that the field can't be used and why.
pub(crate) fn usable<T, E: std::error::Error>(
    field: &'static str,
    value: Result<T, E>,
) -> Result<T, ConfigError> {
    value.map_err(|error| ConfigError::Invalid {
        field: field.into(),
        why: format!("can't be used: {}", Chain(&error)),
    })
}

#[cfg(test)]
mod tests;
