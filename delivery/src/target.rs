//! A way out: what an attempt is, for each kind of target.

use docket_service::telemetry::Chain;

use crate::Error;
use crate::address::Guard;
use crate::config::DeliveryConfig;
use crate::intake;
use crate::mail::Mail;
use crate::queue::{Job, Outcome};
use crate::retry::Failure;
use crate::route::{Route, Way, route};
use crate::sms::Sms;
use crate::text::Texts;
use crate::webhook::Webhook;

/// Where deliveries of one target go.
pub(crate) enum Target {
    Mail(Mail),
    Sms(Sms),
    Webhook(Webhook),
}

impl Target {
    /// All that are configured, by the name that deliveries know them by.
    pub(crate) fn all(config: &DeliveryConfig) -> Result<Vec<(String, Self)>, Error> {
        let mut targets = Vec::new();
        if let Some(mail) = &config.mail {
            targets.push(("mail".to_owned(), Self::Mail(Mail::new(mail)?)));
        }
        if let Some(sms) = &config.sms {
            targets.push(("sms".to_owned(), Self::Sms(Sms::new(sms)?)));
        }
        let networks = config.webhooks.networks().map_err(|error| Error::Target {
            field: "webhooks.allow_networks",
            source: error.into(),
        })?;
        let guard = Guard::new(networks);
        for (name, endpoint) in &config.webhooks.endpoints {
            let webhook = Webhook::new(endpoint, &guard)?;
            targets.push((intake::webhook(name), Self::Webhook(webhook)));
        }
        Ok(targets)
    }

    /// One attempt, of at most the configured time.
    pub(crate) async fn attempt(
        &self,
        job: &Job,
        texts: &Texts,
        config: &DeliveryConfig,
    ) -> Outcome {
        let limit = config.attempt_timeout();
        match tokio::time::timeout(limit, self.send(job, texts, config)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => Outcome::Failed(Failure::transient(format!(
                "no answer within {} ms",
                limit.as_millis()
            ))),
        }
    }

    async fn send(
        &self,
        job: &Job,
        texts: &Texts,
        config: &DeliveryConfig,
    ) -> Result<Outcome, Failure> {
        if let Self::Webhook(webhook) = self {
            if job.facts.version.is_none() {
                return Err(Failure::transient(
                    "the outbox doesn't have the notification",
                ));
            }
            webhook.send(job).await?;
            return Ok(Outcome::Delivered);
        }
        let facts = &job.facts;
        let Route::To(way) = route(&job.recipient, &job.kind, facts, config) else {
            return Ok(Outcome::Rerouted);
        };
        let (name, language) = match job.recipient.as_str() {
            "customer" => (
                facts
                    .customer_name
                    .as_deref()
                    .or(facts.caller_name.as_deref()),
                facts
                    .customer_language
                    .as_deref()
                    .or(facts.ticket_language.as_deref()),
            ),
            _ => (None, None),
        };
        let text = texts.render(&job.kind, name, language, facts)?;
        match (self, &way) {
            (Self::Mail(mail), Way::Mail(to)) => {
                let name = name.map(|name| crate::text::one_line(name, 100));
                mail.send(job.id, name.as_deref(), to, &text).await?;
            }
            (Self::Sms(sms), Way::Sms(to)) => sms.send(job.id, to, &text.sms).await?,
            _ => return Ok(Outcome::Rerouted),
        }
        Ok(Outcome::Delivered)
    }
}

/// An attempt whose task didn't end as it should.
pub(crate) fn broken(error: &tokio::task::JoinError) -> Outcome {
    Outcome::Failed(Failure::transient(Chain(error).to_string()))
}
