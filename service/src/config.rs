//! Configuration: a TOML file, then environment variables over it, checked before anything starts.
//!
//! One struct per concern is one section. `DOCKET_HTTP__LISTEN=0.0.0.0:80` sets `listen` in
//! `[http]`. A value is read as TOML where it is (`8`, `true`, `["a", "b"]`) and is a text
//! otherwise. An unknown name is an error, since a misspelt limit would silently not hold.

use std::borrow::Cow;
use std::env;
use std::fs;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

const PREFIX: &str = "DOCKET_";

/// Where the configuration comes from; later ones win: file, environment, overrides.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// A TOML file. Naming one that is not there is an error.
    pub file: Option<PathBuf>,
    /// Variables by name; only `DOCKET_<SECTION>__<FIELD>` count.
    pub environment: Vec<(String, String)>,
    /// `section.field` and value, as from the command line.
    pub overrides: Vec<(String, String)>,
}

impl ConfigSources {
    /// That file, and the process's environment.
    pub fn from_environment(file: Option<PathBuf>) -> Self {
        // A variable that is not Unicode can't be one of ours.
        let environment = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            file,
            environment,
            overrides: Vec::new(),
        }
    }

    /// Sets `section.field`, over everything else.
    pub fn set(mut self, field: &str, value: impl Into<String>) -> Self {
        self.overrides.push((field.into(), value.into()));
        self
    }
}

/// A configuration that says whether it makes sense, naming the field that doesn't.
pub trait Check {
    /// Is every value one that can work?
    fn check(&self) -> Result<(), ConfigError>;
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not TOML", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What, with line and column.
        source: Box<toml::de::Error>,
    },
    /// A value has the wrong type, or a name is unknown.
    #[error("{origin}: {field}: {why}")]
    Wrong {
        /// The file or the variable.
        origin: String,
        /// `section.field`.
        field: String,
        /// What.
        why: String,
    },
    /// A value can't work.
    #[error("configuration: {field} {why}")]
    Invalid {
        /// `section.field`.
        field: Cow<'static, str>,
        /// What is wrong, as the rest of a sentence.
        why: String,
    },
}

impl ConfigError {
    /// For [`Check`]: an error about `field` unless `holds`. `why` goes on after the field's name:
    /// "is empty".
    pub fn unless(
        holds: bool,
        field: impl Into<Cow<'static, str>>,
        why: impl Into<String>,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Invalid {
            field: field.into(),
            why: why.into(),
        })
    }
}

/// Reads and checks a configuration.
pub fn load<T: DeserializeOwned + Check>(sources: &ConfigSources) -> Result<T, ConfigError> {
    let mut table = read_file(sources)?;
    let mut origins = Vec::new();
    for (name, value) in &sources.environment {
        // Without a section it is none of ours: DOCKET_CACHE is for the supervisor.
        let Some((section, field)) = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once("__"))
        else {
            continue;
        };
        let path = format!("{section}.{}", field.replace("__", ".")).to_ascii_lowercase();
        origins.push((path.clone(), name.clone()));
        insert(&mut table, name, &path, value)?;
    }
    for (path, value) in &sources.overrides {
        origins.push((path.clone(), "the command line".into()));
        insert(&mut table, "the command line", path, value)?;
    }
    let config: T = serde_path_to_error::deserialize(table).map_err(|error| {
        let why = error.inner().message().trim().to_owned();
        wrong(sources, &origins, &error.path().to_string(), why)
    })?;
    config.check()?;
    Ok(config)
}

fn read_file(sources: &ConfigSources) -> Result<Table, ConfigError> {
    let Some(path) = &sources.file else {
        return Ok(Table::new());
    };
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let parsed = text.parse();
    parsed.map_err(|source| ConfigError::NotToml {
        path: path.clone(),
        source: Box::new(source),
    })
}

fn insert(table: &mut Table, origin: &str, path: &str, text: &str) -> Result<(), ConfigError> {
    let mut names = path.split('.');
    let last = names.next_back().unwrap_or_default();
    let mut place = table;
    for name in names {
        let section = place
            .entry(name)
            .or_insert_with(|| Value::Table(Table::new()));
        place = section.as_table_mut().ok_or_else(|| ConfigError::Wrong {
            origin: origin.into(),
            field: path.into(),
            why: format!("`{name}` is a value, not a section"),
        })?;
    }
    place.insert(last.into(), parse_value(text));
    Ok(())
}

fn parse_value(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    // Dates stay texts, and `a\nb = 1` is no value of one field.
    let value = parsed
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"));
    match value {
        Some(value) if !value.is_datetime() => value,
        _ => Value::String(text.into()),
    }
}

/// Names the last source that set the field; for an unknown one serde names its section only.
fn wrong(
    sources: &ConfigSources,
    origins: &[(String, String)],
    path: &str,
    why: String,
) -> ConfigError {
    let unknown = ["unknown field `", "missing field `"]
        .iter()
        .find_map(|start| why.strip_prefix(start))
        .and_then(|rest| rest.split_once('`'));
    let field = match unknown {
        Some((name, _)) if path == "." || path == name => name.to_owned(),
        Some((name, _)) if !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        _ => path.to_owned(),
    };
    let below = format!("{field}.");
    let setter = origins
        .iter()
        .rev()
        .find(|(set, _)| *set == field || set.starts_with(&below));
    let file = || sources.file.as_ref().map(|file| file.display().to_string());
    let origin = setter.map(|(_, origin)| origin.clone()).or_else(file);
    ConfigError::Wrong {
        origin: origin.unwrap_or_else(|| "configuration".into()),
        field,
        why,
    }
}
