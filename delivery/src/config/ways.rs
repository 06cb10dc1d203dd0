//! Sections `delivery.mail`, `delivery.sms` and `delivery.webhooks`: the ways out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use docket_service::config::{Check, ConfigError};
use ipnet::IpNet;
use lettre::message::Mailbox;
use reqwest::Url;
use serde::Deserialize;

use super::usable;
use crate::intake::KINDS;
use crate::webhook::SigningKey;

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
    /// A file of certificates (PEM) that are trusted besides the system's, as of an authority of one's
    /// own. Default: none.
    pub ca_file: Option<PathBuf>,
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
    /// Whether `survey.invitation` brings the customer's link, for a system that asks them itself.
    /// Whoever has the link can answer. Default: no.
    #[serde(default)]
    pub survey_links: bool,
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

impl Check for MailConfig {
    fn check(&self) -> Result<(), ConfigError> {
        usable("delivery.mail.from", self.from.parse::<Mailbox>())?;
        ConfigError::unless(
            self.user.is_some() == self.password.is_some(),
            "delivery.mail.user",
            "and password go together",
        )
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
            for kind in &endpoint.kinds {
                ConfigError::unless(
                    KINDS.contains(&kind.as_str()),
                    "delivery.webhooks.endpoints kinds",
                    "names one that there isn't",
                )?;
            }
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
    /// The names of the endpoints that are told of a kind.
    pub(crate) fn told_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        let told = |endpoint: &Endpoint| endpoint.kinds.is_empty() || endpoint.kinds.contains(kind);
        let told = self.endpoints.iter().filter(move |(_, it)| told(it));
        told.map(|(name, _)| name.as_str())
    }

    /// The networks that may be called though they are not public.
    pub(crate) fn networks(&self) -> Result<Vec<IpNet>, ConfigError> {
        let parse = |network: &String| usable("delivery.webhooks.allow_networks", network.parse());
        self.allow_networks.iter().map(parse).collect()
    }
}
