//! How everybody in the demo talks to Docket: over HTTP, with a token, as any client.
//!
//! Guarantee: a command is repeated with its own key until it is answered, so it happens once; who
//! gets no answer for too long gives up, and says so.

use std::time::Duration;

use docket_service::telemetry::Chain;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Error;

const TIMEOUT: Duration = Duration::from_secs(20);
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Without an answer for so long, it is gone.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where requests are sent from. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    client: Client,
    url: String,
}

/// A command.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// Such as `/v1/tickets/<id>/accept`.
    pub(super) path: String,
    /// Whose; the link of a survey stands for one.
    pub(super) token: Option<String>,
    pub(super) key: String,
    pub(super) body: Value,
}

/// An answer that settles the matter: done, or refused.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }
}

impl Desk {
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let client = Client::builder().timeout(TIMEOUT).build();
        let client = client.map_err(|source| Error::Unreachable {
            url: url.to_owned(),
            why: source.to_string(),
        })?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// Sends a command until it is answered.
    pub(super) async fn command(&self, command: &Command) -> Result<Answer, Error> {
        let send = || {
            let request = self.request(Method::POST, &command.path, command.token.as_deref());
            request
                .header("idempotency-key", &command.key)
                .json(&command.body)
        };
        self.settle(&command.path, send, PATIENCE).await
    }

    /// Reads what is there once the view has reached that position.
    pub(super) async fn read(
        &self,
        path: &str,
        token: &str,
        position: Option<&str>,
    ) -> Result<Value, Error> {
        let send = || {
            let request = self.request(Method::GET, path, Some(token));
            match position {
                Some(position) => request.header("docket-min-position", position),
                None => request,
            }
        };
        let answer = self.settle(path, send, PATIENCE).await?;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(refused(path, &answer))
        }
    }

    /// Whether anybody answers there, and takes this token.
    pub(super) async fn knock(&self, token: &str) -> Result<(), Error> {
        let path = "/v1/tickets?limit=1";
        let send = || self.request(Method::GET, path, Some(token));
        let answer = self.settle(path, send, Duration::ZERO).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(refused(path, &answer))
        }
    }

    fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn settle(
        &self,
        path: &str,
        send: impl Fn() -> reqwest::RequestBuilder,
        patience: Duration,
    ) -> Result<Answer, Error> {
        let began = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            let (why, after) = match send().send().await {
                Ok(response) => {
                    let status = response.status();
                    let after = response.headers().get(RETRY_AFTER);
                    let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
                    let body = response.json().await.unwrap_or_default();
                    let answer = Answer { status, body };
                    if status == StatusCode::UNAUTHORIZED {
                        return Err(Error::Barred {
                            url: self.url.clone(),
                            detail: answer.text("detail").to_owned(),
                        });
                    }
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        return Ok(answer);
                    }
                    (
                        format!("{path}: {status}: {}", answer.text("detail")),
                        after.map(Duration::from_secs),
                    )
                }
                Err(error) => (Chain(&error).to_string(), None),
            };
            if began.elapsed() >= patience {
                return Err(Error::Unreachable {
                    url: self.url.clone(),
                    why,
                });
            }
            sleep(after.unwrap_or(pause).min(PAUSE_MAX)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// An answer that nobody has reckoned with.
pub(super) fn refused(path: &str, answer: &Answer) -> Error {
    Error::Refused {
        path: path.to_owned(),
        status: answer.status,
        detail: answer.text("detail").to_owned(),
    }
}
