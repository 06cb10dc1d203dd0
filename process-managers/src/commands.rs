//! Sends commands to the command API, as any client does.
//!
//! Guarantee: a command that is sent again is sent with the same key, so it happens once at most,
//! however often an answer is lost; whichever replica answers will do.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_service::config::{Check, ConfigError};
use reqwest::header::{CONTENT_TYPE, IF_MATCH, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Section `commands`: where they go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommandsConfig {
    /// Command APIs, such as `http://command-1:8080`; one that doesn't answer is passed over.
    /// Default: `http://127.0.0.1:8080`.
    pub urls: Vec<String>,
    /// File with a token of the role `service`; read again every ten seconds. Default:
    /// `service.token`.
    pub token_file: PathBuf,
    /// How long to wait for an answer, in milliseconds, before it is asked for again. Default:
    /// 12,000, which is longer than the command API itself waits.
    pub answer_timeout_ms: u64,
}

impl Default for CommandsConfig {
    fn default() -> Self {
        Self {
            urls: vec!["http://127.0.0.1:8080".into()],
            token_file: "service.token".into(),
            answer_timeout_ms: 12_000,
        }
    }
}

impl Check for CommandsConfig {
    fn check(&self) -> Result<(), ConfigError> {
        ConfigError::unless(!self.urls.is_empty(), "commands.urls", "is empty")?;
        for url in &self.urls {
            ConfigError::unless(
                base(url).is_some(),
                "commands.urls",
                format!("has {url:?}, which is no http or https address"),
            )?;
        }
        ConfigError::unless(
            self.answer_timeout_ms > 0,
            "commands.answer_timeout_ms",
            "is 0, so that nothing would work",
        )
    }
}

/// What became of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is done, or was so already; the version of the stream then.
    Done {
        /// See there.
        version: u32,
    },
    /// It won't be done: the log's own word, or a fault of the request.
    Refused {
        /// As HTTP has it.
        status: u16,
        /// The problem document's detail.
        detail: String,
    },
    /// The token is not accepted, or not for this.
    Barred {
        /// The problem document's detail.
        detail: String,
    },
    /// No answer came in all the time: it may be done or not, and can be sent again.
    Unknown {
        /// What the last attempt met.
        detail: String,
    },
}

/// A command: a path, a key, the version it is good for, a body of JSON.
#[derive(Clone, Debug)]
pub struct Command {
    /// Such as `v1/tickets/<id>/assign`.
    pub path: String,
    /// Names it, so that it happens once.
    pub key: String,
    /// Goes along as `If-Match`.
    pub version: u32,
    /// JSON.
    pub body: Arc<[u8]>,
}

impl Command {
    /// One that goes by that key, whoever sends it; or, `repeat` others having been refused, under a
    /// key of its own.
    pub fn new(path: String, key: String, repeat: u32, version: u32, body: &Value) -> Self {
        let command = Self {
            path,
            key,
            version,
            body: body.to_string().into_bytes().into(),
        };
        if repeat > 0 { command.anew() } else { command }
    }

    /// The same under a key that nobody has used, since the log repeats a refusal to its key. That
    /// the other was refused is certain, so nothing happens twice.
    pub(crate) fn anew(mut self) -> Self {
        self.key = format!("{}-{}", self.key, Uuid::new_v4());
        self
    }
}

/// Who says who we are.
#[derive(Debug)]
enum Token {
    Fixed(String),
    File {
        path: PathBuf,
        read: Mutex<Option<(Instant, String)>>,
    },
}

/// Sends commands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    urls: Vec<Url>,
    token: Token,
    /// The one that answered last.
    preferred: AtomicUsize,
}

const TOKEN_AGE_MAX: Duration = Duration::from_secs(10);
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// After that the sender of the command is asked whether it is still wanted.
const PATIENCE: Duration = Duration::from_secs(15);

impl Sender {
    /// With the token in the configured file.
    pub fn new(config: &CommandsConfig) -> Result<Self, reqwest::Error> {
        let path = config.token_file.clone();
        let read = Mutex::new(None);
        Self::with(config, Token::File { path, read })
    }

    /// With that token.
    pub fn with_token(config: &CommandsConfig, token: String) -> Result<Self, reqwest::Error> {
        Self::with(config, Token::Fixed(token))
    }

    fn with(config: &CommandsConfig, token: Token) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_millis(config.answer_timeout_ms))
            .build()?;
        Ok(Self(Arc::new(Inner {
            client,
            urls: config.urls.iter().filter_map(|url| base(url)).collect(),
            token,
            preferred: AtomicUsize::new(0),
        })))
    }

    /// Sends it, as often as it takes for an answer, for some time.
    pub async fn send(&self, command: &Command) -> Answer {
        let inner = &*self.0;
        let began = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            let which = inner.preferred.load(Ordering::Relaxed) % inner.urls.len().max(1);
            let retry = match self.attempt(which, command).await {
                Ok(answer) => return answer,
                Err(retry) => retry,
            };
            // Another one may be better off; whoever comes here at once moves on once.
            let next = (which + 1) % inner.urls.len().max(1);
            let _ =
                inner
                    .preferred
                    .compare_exchange(which, next, Ordering::Relaxed, Ordering::Relaxed);
            if began.elapsed() > PATIENCE {
                return Answer::Unknown {
                    detail: retry.detail,
                };
            }
            sleep(retry.after.unwrap_or(pause).min(PAUSE_MAX)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn attempt(&self, which: usize, command: &Command) -> Result<Answer, Retry> {
        let inner = &*self.0;
        let (Some(base), Some(token)) = (inner.urls.get(which), inner.token.get()) else {
            return Err(Retry::new("there is no address or no token to use"));
        };
        let url = base
            .join(&command.path)
            .map_err(|error| Retry::new(error.to_string()))?;
        let request = inner
            .client
            .post(url)
            .bearer_auth(token)
            .header("idempotency-key", &command.key)
            .header(IF_MATCH, format!("\"{}\"", command.version))
            .header(CONTENT_TYPE, "application/json")
            .body(command.body.to_vec());
        let response = request
            .send()
            .await
            .map_err(|error| Retry::new(docket_service::telemetry::Chain(&error).to_string()))?;
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER);
        let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response
            .bytes()
            .await
            .map_err(|error| Retry::new(error.to_string()))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let detail = || match body["detail"].as_str() {
            Some(detail) => format!("{status}: {detail}"),
            None => status.to_string(),
        };
        match status {
            status if status.is_success() => Ok(Answer::Done {
                version: body["version"].as_u64().unwrap_or_default() as u32,
            }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Ok(Answer::Barred { detail: detail() })
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::MISDIRECTED_REQUEST => Err(Retry {
                after: after.map(Duration::from_secs),
                detail: detail(),
            }),
            status if status.is_server_error() => Err(Retry {
                after: after.map(Duration::from_secs),
                detail: detail(),
            }),
            status => Ok(Answer::Refused {
                status: status.as_u16(),
                detail: detail(),
            }),
        }
    }
}

/// Why another attempt is needed, and when.
struct Retry {
    after: Option<Duration>,
    detail: String,
}

impl Retry {
    fn new(detail: impl Into<String>) -> Self {
        Self {
            after: None,
            detail: detail.into(),
        }
    }
}

impl Token {
    fn get(&self) -> Option<String> {
        let (path, read) = match self {
            Self::Fixed(token) => return Some(token.clone()),
            Self::File { path, read } => (path, read),
        };
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, token)) = &*read
            && at.elapsed() < TOKEN_AGE_MAX
        {
            return Some(token.clone());
        }
        match fs::read_to_string(path) {
            Ok(text) => *read = Some((Instant::now(), text.trim().to_owned())),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the service's token can't be read");
            }
        }
        read.as_ref().map(|(_, token)| token.clone())
    }
}

/// An address with a slash at its end, so that paths go below it.
fn base(url: &str) -> Option<Url> {
    let parsed = Url::parse(&format!("{}/", url.trim_end_matches('/'))).ok()?;
    (matches!(parsed.scheme(), "http" | "https") && parsed.has_host()).then_some(parsed)
}
