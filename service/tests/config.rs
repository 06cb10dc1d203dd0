//! Configuration from file and environment, and how it says what is wrong with which of them.

use docket_service::auth::AuthConfig;
use docket_service::config::{Check, ConfigError, ConfigSources, load};
use docket_service::server::HttpConfig;
use docket_service::telemetry::{LogFormat, TelemetryConfig};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    http: HttpConfig,
    auth: AuthConfig,
    telemetry: TelemetryConfig,
}

impl Check for Config {
    fn check(&self) -> Result<(), ConfigError> {
        self.http.check()?;
        self.auth.check()?;
        self.telemetry.check()
    }
}

struct Given {
    sources: ConfigSources,
    directory: tempfile::TempDir,
}

fn given(file: &str, environment: &[(&str, &str)]) -> Given {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("docket.toml");
    std::fs::write(&path, file).expect("it is written");
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    let sources = ConfigSources {
        file: Some(path),
        environment: environment.collect(),
        overrides: Vec::new(),
    };
    Given { sources, directory }
}

impl Given {
    fn loads(&self) -> Config {
        load(&self.sources).unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    fn fails_naming(&self, parts: &[&str]) {
        let error = load::<Config>(&self.sources).expect_err("it is wrong");
        let mut text = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            text = format!("{text}: {source}");
        }
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    }
}

#[test]
fn nothing_given_is_the_defaults() {
    let config: Config = load(&ConfigSources::default()).expect("the defaults are right");
    assert_eq!(config.http.listen, HttpConfig::default().listen);
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let file =
        "[http]\nlisten = '127.0.0.1:1'\nbody_bytes_max = 1\n[telemetry]\nlog_format = 'json'";
    let mut given = given(
        file,
        &[
            ("DOCKET_HTTP__LISTEN", "127.0.0.1:2"),
            ("DOCKET_HTTP__BODY_BYTES_MAX", "2"),
        ],
    );
    given.sources = given.sources.set("http.body_bytes_max", "3");
    let config = given.loads();
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.http.body_bytes_max, 3);
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
}

#[test]
fn variables_that_are_no_sections_field_are_somebody_elses() {
    given(
        "",
        &[
            ("DOCKET_CACHE", "/x"),
            ("DOCKET_KAFKA", "y:1"),
            ("HTTP__LISTEN", "z"),
        ],
    )
    .loads();
}

#[test]
fn an_unknown_name_is_named_with_its_origin() {
    given("[http]\nlissten = '127.0.0.1:1'", &[]).fails_naming(&["docket.toml", "http.lissten"]);
    given("[htp]\n", &[]).fails_naming(&["docket.toml", "htp"]);
    given("", &[("DOCKET_HTTP__LISSTEN", "127.0.0.1:1")])
        .fails_naming(&["DOCKET_HTTP__LISSTEN", "http.lissten"]);
}

#[test]
fn a_wrong_value_is_named_with_its_origin() {
    given("", &[("DOCKET_HTTP__BODY_BYTES_MAX", "lots")]).fails_naming(&[
        "DOCKET_HTTP__BODY_BYTES_MAX",
        "http.body_bytes_max",
        "lots",
    ]);
    given("[http]\nlisten = 'nowhere'", &[]).fails_naming(&["docket.toml", "http.listen"]);
    given("http = 1", &[("DOCKET_HTTP__LISTEN", "127.0.0.1:1")])
        .fails_naming(&["DOCKET_HTTP__LISTEN"]);
}

#[test]
fn a_section_that_must_be_there_is_named() {
    #[derive(Debug, Deserialize)]
    struct Strict {
        #[expect(dead_code, reason = "only its absence matters")]
        log: HttpConfig,
    }
    impl Check for Strict {
        fn check(&self) -> Result<(), ConfigError> {
            Ok(())
        }
    }
    let error = load::<Strict>(&ConfigSources::default()).expect_err("no log");
    assert_eq!(error.to_string(), "configuration: log: missing field `log`");
}

#[test]
fn a_value_that_can_not_work_is_named() {
    given("[http]\nbody_bytes_max = 0", &[]).fails_naming(&["http.body_bytes_max"]);
    given("", &[("DOCKET_TELEMETRY__LOG_FILTER", "a=b=c")]).fails_naming(&["telemetry.log_filter"]);
    given("", &[("DOCKET_AUTH__ISSUER", "")]).fails_naming(&["auth.issuer"]);
}

#[test]
fn a_file_that_is_none_is_named() {
    given("[http", &[]).fails_naming(&["docket.toml", "line 1"]);
    let mut given = given("", &[]);
    given.sources.file = Some(given.directory.path().join("absent.toml"));
    given.fails_naming(&["absent.toml", "No such file"]);
}

#[test]
fn a_text_of_digits_can_be_quoted() {
    let given = given("", &[("DOCKET_AUTH__AUDIENCE", "\"42\"")]);
    assert_eq!(given.loads().auth.audience, "42");
}
