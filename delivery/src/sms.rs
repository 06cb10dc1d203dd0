//! Text messages through a provider's HTTP interface.
//!
//! Guarantee: what is filled in can't break out of the place it is filled into, be it a URL, a form
//! or JSON.

use docket_service::config::ConfigError;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, StatusCode, Url};
use uuid::Uuid;

use crate::Error;
use crate::config::{SmsConfig, SmsFormat, usable};
use crate::retry::Failure;
use crate::webhook::{client_builder, failure, judge};

/// The provider.
#[derive(Debug)]
pub(crate) struct Sms {
    client: Client,
    config: SmsConfig,
    method: Method,
}

/// Whether a provider can be called like this.
pub(crate) fn check(config: &SmsConfig) -> Result<(), ConfigError> {
    let url = fill(&config.url, in_url, &sample());
    usable("delivery.sms.url", url.parse::<Url>())?;
    usable("delivery.sms.method", config.method.parse::<Method>())?;
    headers(config)?;
    ConfigError::unless(
        config.url.contains("{to}") || config.body.contains("{to}"),
        "delivery.sms.body",
        "names no {to}",
    )
}

fn headers(config: &SmsConfig) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &config.headers {
        let field = "delivery.sms.headers";
        let name: HeaderName = usable(field, name.parse())?;
        let mut value: HeaderValue = usable(field, value.0.parse())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

impl Sms {
    pub(crate) fn new(config: &SmsConfig) -> Result<Self, Error> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| Error::Target {
            field: "sms",
            source,
        };
        let headers = headers(config).map_err(|error| unusable(error.into()))?;
        let client = client_builder().default_headers(headers).build();
        let method = config.method.parse::<Method>();
        Ok(Self {
            client: client.map_err(|error| unusable(error.into()))?,
            method: method.map_err(|error| unusable(error.into()))?,
            config: config.clone(),
        })
    }

    pub(crate) async fn send(&self, id: Uuid, to: &str, text: &str) -> Result<(), Failure> {
        let values = [("{to}", to), ("{text}", text), ("{id}", &id.to_string())];
        let url = fill(&self.config.url, in_url, &values);
        let mut request = self
            .client
            .request(self.method.clone(), url)
            .header("idempotency-key", id.to_string());
        if !self.config.body.is_empty() {
            let (kind, escape): (_, fn(&str) -> String) = match self.config.format {
                SmsFormat::Json => ("application/json", in_json),
                SmsFormat::Form => ("application/x-www-form-urlencoded", in_url),
            };
            request =
                request
                    .header(CONTENT_TYPE, kind)
                    .body(fill(&self.config.body, escape, &values));
        }
        let answer = request.send().await.map_err(failure)?;
        // These say that this message is wrong, not that our account or the provider is.
        let hopeless = [
            StatusCode::BAD_REQUEST,
            StatusCode::GONE,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ];
        judge(&answer, |status| hopeless.contains(&status))
    }
}

fn sample() -> [(&'static str, &'static str); 3] {
    [("{to}", "1"), ("{text}", "1"), ("{id}", "1")]
}

/// Fills in every name at once, so that a value that looks like a name is left alone.
fn fill(template: &str, escape: fn(&str) -> String, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find('{') {
        filled.push_str(&rest[..brace]);
        rest = &rest[brace..];
        let value = values.iter().find(|(name, _)| rest.starts_with(name));
        let taken = if let Some((name, value)) = value {
            filled.push_str(&escape(value));
            name.len()
        } else {
            filled.push('{');
            1
        };
        rest = &rest[taken..];
    }
    filled.push_str(rest);
    filled
}

/// As it may stand anywhere in a URL or a form: every byte but the unreserved ones escaped.
fn in_url(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// As it may stand between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_are_put() {
        let values = [("{to}", "+49 1&x=\"y"), ("{text}", "{to}\r\n\"}")];
        assert_eq!(
            fill("to={to}&text={text}&{other}", in_url, &values),
            "to=%2B49%201%26x%3D%22y&text=%7Bto%7D%0D%0A%22%7D&{other}"
        );
        assert_eq!(
            fill(r#"{"to":"{to}","text":"{text}"}"#, in_json, &values),
            r#"{"to":"+49 1&x=\"y","text":"{to}\r\n\"}"}"#
        );
    }
}
