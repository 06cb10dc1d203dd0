//! Which docket the demo is for: what a running all-in-one writes down in its data directory.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use docket_event_log::{KafkaConfig, LogConfig, PostgresConfig};
use docket_service::auth::{AuthConfig, DevelopmentIssuer};
use docket_service::survey_link::{SurveyLinks, SurveyLinksConfig};

use super::Error;
use crate::all_in_one::{key_file, session_file, survey_key_file};

/// A running all-in-one, as its data directory has it.
pub(super) struct Session {
    /// Where it answers.
    pub(super) url: String,
    /// Its log, to be read only.
    pub(super) log: LogConfig,
    /// Whose tokens it accepts.
    pub(super) issuer: DevelopmentIssuer,
    /// The issuer's name.
    pub(super) issuer_name: String,
    /// What signs links in its mails.
    pub(super) links: SurveyLinks,
}

impl Session {
    pub(super) fn open(data_dir: &Path) -> Result<Self, Error> {
        let file = session_file(data_dir);
        let text = fs::read_to_string(&file).map_err(|source| Error::NoSession {
            file: file.clone(),
            source,
        })?;
        let set = variables(&text);
        let get = |name: &'static str| set.get(name).map(|value| (*value).to_owned());
        let url = get("DOCKET_URL");
        let log = match (get("DOCKET_LOG_URL"), get("DOCKET_LOG_KAFKA")) {
            (Some(url), _) => Some(postgres(&url)),
            (None, Some(brokers)) => Some(kafka(&brokers, get("DOCKET_LOG_TOPIC").as_deref())),
            (None, None) => None,
        };
        let (Some(url), Some(log)) = (url, log) else {
            return Err(Error::OtherSession { file });
        };
        let auth = AuthConfig {
            key_file: existing(key_file(data_dir))?,
            ..AuthConfig::default()
        };
        let links = SurveyLinksConfig {
            key_file: Some(existing(survey_key_file(data_dir))?),
        };
        Ok(Self {
            url,
            log,
            issuer: DevelopmentIssuer::open(&auth)?,
            issuer_name: auth.issuer,
            links: SurveyLinks::open(&links)?,
        })
    }
}

/// A key that is made when it is used would fit nothing.
fn existing(file: std::path::PathBuf) -> Result<std::path::PathBuf, Error> {
    if file.exists() {
        Ok(file)
    } else {
        Err(Error::NoKey { file })
    }
}

fn postgres(url: &str) -> LogConfig {
    let mut config = PostgresConfig::new(url, "event_log");
    config.read_only = true;
    LogConfig::Postgres(config)
}

fn kafka(brokers: &str, topic: Option<&str>) -> LogConfig {
    let mut config = KafkaConfig::new(brokers, topic.unwrap_or("docket.events"));
    config.read_only = true;
    // How many replicas there are is its operator's business.
    config.development = true;
    LogConfig::Kafka(config)
}

/// What the file sets: `export NAME='value'`, a line each.
fn variables(text: &str) -> HashMap<&str, &str> {
    let set = |line| -> Option<(&str, &str)> {
        let (name, value) = str::strip_prefix(line, "export ")?.split_once('=')?;
        Some((name, value.strip_prefix('\'')?.strip_suffix('\'')?))
    };
    text.lines().filter_map(set).collect()
}
