//! Whom an import talks to, and what its refusals mean.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Body, Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;

use super::connection::Lost;
use crate::import::ImportError;

const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// A command API and the token for it.
#[derive(Clone, Debug)]
pub(in crate::import) struct Target {
    client: Client,
    url: Url,
    token: String,
}

impl Target {
    pub(in crate::import) fn new(url: &str, token: &str) -> Result<Self, ImportError> {
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .and_then(|base| {
                let base = base.as_str().trim_end_matches('/').to_owned();
                Url::parse(&format!("{base}/v1/commands")).ok()
            });
        let url = parsed.ok_or_else(|| ImportError::Url {
            url: url.to_owned(),
        })?;
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| ImportError::Protocol {
                detail: error.to_string(),
            })?;
        Ok(Self {
            client,
            url,
            token: token.to_owned(),
        })
    }

    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn request(&self) -> RequestBuilder {
        self.client
            .post(self.url.clone())
            .bearer_auth(&self.token)
            .header(CONTENT_TYPE, "application/x-ndjson")
    }

    /// Sends no line at all, only to learn of a wrong address or token before anything else: a
    /// refusal in the middle of a stream may be lost with the connection. Trouble that may pass is
    /// left to the import itself.
    pub(in crate::import) async fn check(&self) -> Result<(), ImportError> {
        let request = self.request().timeout(CHECK_TIMEOUT);
        match request.body(Body::from("")).send().await {
            Ok(response) if !response.status().is_success() => {
                self.refusal(response).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// What an answer that isn't 200 means: trouble that may pass, or the end.
    pub(super) async fn refusal(&self, response: Response) -> Result<Lost, ImportError> {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = response.bytes().await.unwrap_or_default();
        let detail = detail(&serde_json::from_slice(&body).unwrap_or_default())
            .unwrap_or_else(|| status.to_string());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ImportError::Token { detail }),
            StatusCode::TOO_MANY_REQUESTS => Ok(Lost {
                detail,
                retry_after,
            }),
            status if status.is_server_error() => Ok(Lost {
                detail,
                retry_after,
            }),
            status => Err(ImportError::Refused {
                url: self.url.to_string(),
                status: status.as_u16(),
                detail,
            }),
        }
    }
}

/// What a problem document says in words.
pub(super) fn detail(problem: &Value) -> Option<String> {
    let text = |field: &str| problem[field].as_str().map(str::to_owned);
    text("detail").or_else(|| text("title"))
}
