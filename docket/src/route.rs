//! `docket route explain`: asks a query API how a ticket came to whoever has it.

mod text;

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

pub use text::explained;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The address is none.
    #[error("{url} is not an address of the form http://HOST:PORT")]
    Url {
        /// As given.
        url: String,
    },
    /// No ticket has that number, or none that the token's bearer may see.
    #[error("there is no ticket number {number}, or it is not the token's bearer's to see")]
    NoTicket {
        /// As given.
        number: String,
    },
    /// Nobody answers there.
    #[error("{url} does not answer")]
    Unreachable {
        /// Whom we asked.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Docket doesn't say.
    #[error("{url} answered {status}: {detail}")]
    Refused {
        /// Whom we asked.
        url: String,
        /// The HTTP status.
        status: StatusCode,
        /// What it said.
        detail: String,
    },
}

/// The answer of `GET /v1/tickets/{id}/routing` for a ticket by its id or its number.
pub async fn read(url: &str, token: &str, ticket: &str) -> Result<Value, RouteError> {
    let base = base(url)?;
    let client = Client::new();
    let get = async |path: String| get(&client, &base, token, &path).await;
    let id = if ticket.parse::<uuid::Uuid>().is_ok() {
        ticket.to_owned()
    } else {
        let found = get(format!("v1/tickets?number={ticket}")).await?;
        let id = found["tickets"][0]["id"].as_str().map(ToOwned::to_owned);
        id.ok_or_else(|| RouteError::NoTicket {
            number: ticket.to_owned(),
        })?
    };
    get(format!("v1/tickets/{id}/routing")).await
}

fn base(url: &str) -> Result<Url, RouteError> {
    let with_slash = format!("{}/", url.trim_end_matches('/'));
    Url::parse(&with_slash)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| RouteError::Url {
            url: url.to_owned(),
        })
}

async fn get(client: &Client, base: &Url, token: &str, path: &str) -> Result<Value, RouteError> {
    let url = base.join(path).map_err(|_| RouteError::Url {
        url: format!("{base}{path}"),
    })?;
    let unreachable = |source| RouteError::Unreachable {
        url: base.to_string(),
        source,
    };
    let request = client.get(url).bearer_auth(token).timeout(TIMEOUT);
    let response = request.send().await.map_err(unreachable)?;
    if response.status().is_success() {
        response.json().await.map_err(unreachable)
    } else {
        Err(refusal(response).await)
    }
}

async fn refusal(response: Response) -> RouteError {
    let (url, status) = (response.url().to_string(), response.status());
    let problem: Value = response.json().await.unwrap_or_default();
    let text = |field: &str| problem[field].as_str().map(ToOwned::to_owned);
    let detail = text("detail").or_else(|| text("title"));
    RouteError::Refused {
        url,
        status,
        detail: detail.unwrap_or_else(|| "nothing more".to_owned()),
    }
}
