//! Section `delivery`: the outbox to empty, and the ways out.
//!
//! A way that isn't configured is not an error: what would take it is held, visibly, until it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use docket_service::config::{Check, ConfigError};
use docket_service::telemetry::Chain;
use ipnet::IpNet;
use lettre::Address;
use lettre::message::Mailbox;
use reqwest::Url;
use serde::Deserialize;

use crate::webhook::SigningKey;

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
    /// How long to wait for a connection before the database counts as down. Default: 5,000.
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
    /// How long to wait for a way to reach a customer whom nothing is known of. Default: a day.
    pub contact_wait_ms: u64,
    /// The language of those who named none, or one there are no texts in. Default: `en`.
    pub language: String,
    /// A directory of texts, `<language>.toml`, in place of or besides our own.
    pub texts: Option<PathBuf>,
    /// Who writes, as the texts say it. Default: `Docket`.
    pub sender: String,
    /// Where managers get mail, by team; `default` for all other teams.
    pub managers: BTreeMap<String, String>,
    /// The way for mail.
    pub mail: Option<MailConfig>,
    /// The way for text messages.
    pub sms: Option<SmsConfig>,
    /// Who is told of events by HTTP.
    pub webhooks: WebhookConfig,
}

/// Section `delivery.mail`: the relay that takes our mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The relay.
    pub host: String,
    /// Its port. Default: 465 with `tls`, 587 with `starttls`, 25 without either.
    pub port: Option<u16>,
    /// `tls`, `starttls` or `none`. Default: `starttls`.
    #[serde(default)]
    pub tls: Tls,
    /// The name to sign in with, if the relay asks for one.
    pub user: Option<String>,
    /// And the password.
    pub password: Option<Secret>,
    /// Who writes, such as `Support <support@example.org>`.
    pub from: String,
}

/// How a connection to a relay is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first byte.
    Tls,
    /// After asking for it; a relay that can't gets no mail.
    #[default]
    Starttls,
    /// Not at all.
    None,
}

/// Section `delivery.sms`: a provider that takes text messages by HTTP. In `url` and `body`,
/// `{to}`, `{text}` and `{id}` (the delivery's stable id) are filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// Where, such as `https://sms.example.com/send`.
    pub url: String,
    /// Default: `POST`.
    #[serde(default = "post")]
    pub method: String,
    /// Such as `authorization = "Bearer …"`.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// The body; what is filled in is escaped as `format` wants it.
    #[serde(default)]
    pub body: String,
    /// `json` or `form`. Default: `json`.
    #[serde(default)]
    pub format: SmsFormat,
}

/// How the body to a provider is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// Section `delivery.webhooks`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Whether endpoints may be called without TLS. Default: no.
    pub allow_http: bool,
    /// Networks that are not public and yet may be called, such as `10.1.0.0/16`. Default: none.
    pub allow_networks: Vec<String>,
    /// By name; the name stands in metrics and in the state of deliveries.
    pub endpoints: BTreeMap<String, Endpoint>,
}

/// Somebody who is told of events.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where.
    pub url: String,
    /// The kinds to tell of, such as `ticket.received`. Default: all.
    #[serde(default)]
    pub kinds: BTreeSet<String>,
    /// `whsec_…`; each signs, so that a new one can be added before the old one is taken away.
    pub secrets: Vec<Secret>,
}

/// Something that no log and no error shows.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn post() -> String {
    "POST".to_owned()
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        const SECOND: u64 = 1_000;
        const MINUTE: u64 = 60 * SECOND;
        const HOUR: u64 = 60 * MINUTE;
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
            contact_wait_ms: 24 * HOUR,
            language: "en".to_owned(),
            texts: None,
            sender: "Docket".to_owned(),
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
        if let Some(mail) = &self.mail {
            usable("delivery.mail.from", mail.from.parse::<Mailbox>())?;
            ConfigError::unless(
                mail.user.is_some() == mail.password.is_some(),
                "delivery.mail.user",
                "and password go together",
            )?;
        }
        if let Some(sms) = &self.sms {
            crate::sms::check(sms)?;
        }
        self.webhooks.check()
    }
}

impl Check for WebhookConfig {
    fn check(&self) -> Result<(), ConfigError> {
        self.networks()?;
        for endpoint in self.endpoints.values() {
            let url = usable(
                "delivery.webhooks.endpoints url",
                endpoint.url.parse::<Url>(),
            )?;
            let scheme = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
            ConfigError::unless(
                scheme && url.has_host(),
                "delivery.webhooks.endpoints url",
                "must begin with https:// (or allow_http be true)",
            )?;
            let field = "delivery.webhooks.endpoints secrets";
            ConfigError::unless(!endpoint.secrets.is_empty(), field, "names none")?;
            for secret in &endpoint.secrets {
                usable(field, SigningKey::parse(secret))?;
            }
        }
        Ok(())
    }
}

impl WebhookConfig {
    /// The networks that may be called though they are not public.
    pub(crate) fn networks(&self) -> Result<Vec<IpNet>, ConfigError> {
        let parse = |network: &String| usable("delivery.webhooks.allow_networks", network.parse());
        self.allow_networks.iter().map(parse).collect()
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
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

    fn with(url: &str, secret: &str) -> DeliveryConfig {
        let endpoint = Endpoint {
            url: url.to_owned(),
            kinds: BTreeSet::new(),
            secrets: vec![Secret(secret.to_owned())],
        };
        let mut config = DeliveryConfig::default();
        config.webhooks.endpoints.insert("crm".to_owned(), endpoint);
        config
    }

    #[test]
    fn what_cannot_work_is_refused_at_the_start() {
        assert!(with("https://crm.example.org/hook", SECRET).check().is_ok());
        let shared = DeliveryConfig {
            outbox: "delivery".to_owned(),
            ..DeliveryConfig::default()
        };
        let managed_by = |address: &str| DeliveryConfig {
            managers: BTreeMap::from([("default".to_owned(), address.to_owned())]),
            ..DeliveryConfig::default()
        };
        assert!(managed_by("dispatch@example.org").check().is_ok());
        for bad in [
            with("http://crm.example.org/hook", SECRET),
            with("file:///etc/passwd", SECRET),
            with("crm.example.org", SECRET),
            with("https://crm.example.org", "letmein"),
            shared,
            managed_by("nobody"),
            // A name would be taken for a part of the address when the mail is sent.
            managed_by("Dispatch <dispatch@example.org>"),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_error_and_no_log_shows_a_secret() {
        let config = with("crm.example.org", "whsec_letmein");
        let error = config.check().expect_err("no URL").to_string();
        let shown = format!("{config:?} {error}");
        assert!(!shown.contains("letmein"), "{shown}");
    }
}
