//! Webhooks after the Standard Webhooks specification 1.0: thin events, signed, under a stable id.
//!
//! Guarantee: an answer counts by its status alone, no body is read, no redirect is followed, and
//! nothing but addresses that [`Guard`] let pass is connected to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use docket_service::telemetry::Chain;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::json;
use sha2::Sha256;

use crate::Error;
use crate::address::{Guard, Refused};
use crate::config::{Endpoint, Secret};
use crate::queue::Job;
use crate::retry::Failure;

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Webhook {
    client: Client,
    guard: Guard,
    url: Url,
    keys: Vec<SigningKey>,
    survey_links: bool,
}

impl Webhook {
    pub(crate) fn new(endpoint: &Endpoint, guard: &Guard) -> Result<Self, Error> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| Error::Target {
            field: "webhooks.endpoints",
            source,
        };
        let client = client_builder()
            .dns_resolver(guard.clone())
            .build()
            .map_err(|error| unusable(error.into()))?;
        let url = endpoint.url.parse::<Url>();
        let keys = endpoint.secrets.iter().map(SigningKey::parse);
        Ok(Self {
            client,
            guard: guard.clone(),
            url: url.map_err(|error| unusable(error.to_string().into()))?,
            keys: keys
                .collect::<Result<_, _>>()
                .map_err(|error| unusable(error.into()))?,
            survey_links: endpoint.survey_links,
        })
    }

    /// `link` is that of an invitation; only who asked for links gets it.
    pub(crate) async fn send(&self, job: &Job, link: Option<&str>) -> Result<(), Failure> {
        self.guard
            .check_url(&self.url)
            .map_err(|refused| Failure::permanent(refused.to_string()))?;
        let body = body(job, link.filter(|_| self.survey_links));
        let id = job.id.to_string();
        let timestamp = Timestamp::now().as_second();
        let signatures: Vec<String> = self
            .keys
            .iter()
            .map(|key| signature(&key.0, &id, timestamp, body.as_bytes()))
            .collect();
        let answer = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures.join(" "))
            .body(body)
            .send()
            .await
            .map_err(failure)?;
        judge(&answer, |status| status == StatusCode::GONE)
    }
}

/// What the receiver learns: that something happened, and the ids to ask for more.
fn body(job: &Job, link: Option<&str>) -> String {
    let facts = &job.facts;
    let time = |time: Option<jiff_sqlx::Timestamp>| time.map(|time| time.to_jiff().to_string());
    let mut event = json!({
        "type": job.kind,
        "timestamp": time(facts.occurred_at),
        "data": {
            "ticket": job.ticket,
            "number": facts.number.map(|number| number.to_string()),
            "version": facts.version,
            "consultant": facts.consultant,
        },
    });
    if let Some(closing) = facts.closing {
        let mut survey = json!({ "closing": closing, "expires_at": time(facts.expires_at) });
        if let Some(link) = link {
            survey["link"] = link.into();
        }
        event["data"]["survey"] = survey;
    }
    event.to_string()
}

/// The entry of `webhook-signature` that a key makes: `v1,` and the HMAC-SHA256 of id, timestamp
/// and body.
pub fn signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of every length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// What a `whsec_…` secret holds.
#[derive(Clone)]
pub(crate) struct SigningKey(Vec<u8>);

/// The text is no signing secret. It doesn't say what it is instead.
#[derive(Debug, thiserror::Error)]
#[error("a secret is `whsec_` and 24 to 64 random bytes in base64")]
pub(crate) struct BadSecret;

impl SigningKey {
    pub(crate) fn parse(secret: &Secret) -> Result<Self, BadSecret> {
        let encoded = secret.0.strip_prefix("whsec_").ok_or(BadSecret)?;
        let key = BASE64_STANDARD.decode(encoded).map_err(|_| BadSecret)?;
        (24..=64)
            .contains(&key.len())
            .then_some(Self(key))
            .ok_or(BadSecret)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What clients of every target have in common. No proxy: it would connect where we didn't look.
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("Docket/", env!("CARGO_PKG_VERSION")))
}

/// A request that got no answer.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    // The URL may hold a token.
    let error = error.without_url();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Failure::permanent(refused.to_string());
        }
        cause = error.source();
    }
    Failure::transient(Chain(&error).to_string())
}

/// What the status of an answer means; nothing else of it is read.
pub(crate) fn judge(
    answer: &Response,
    permanent: impl Fn(StatusCode) -> bool,
) -> Result<(), Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let seconds = answer.headers().get(RETRY_AFTER);
    let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Err(Failure {
        why: format!("answered {status}"),
        permanent: permanent(status),
        retry_after: seconds.map(std::time::Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that Svix, who wrote the specification, publish for verifying by hand.
    #[test]
    fn signs_as_the_published_example_does() {
        let key = BASE64_STANDARD
            .decode("plJ3nmyCDGBKInavdOK15jsl")
            .expect("base64");
        let signed = signature(
            &key,
            "msg_loFOjxBNrRLzqYUf",
            1_731_705_121,
            br#"{"event_type":"ping","data":{"success":true}}"#,
        );
        assert_eq!(signed, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
    }

    #[test]
    fn a_secret_is_random_enough_or_none() {
        let secret =
            |bytes: usize| Secret(format!("whsec_{}", BASE64_STANDARD.encode(vec![7; bytes])));
        assert!(SigningKey::parse(&secret(24)).is_ok());
        assert!(SigningKey::parse(&secret(64)).is_ok());
        for bad in [
            secret(23),
            secret(65),
            Secret("whsec_!".into()),
            Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()),
        ] {
            assert!(SigningKey::parse(&bad).is_err());
        }
    }
}
