//! A way out: what an attempt is, for each kind of target.

use docket_service::telemetry::Chain;

use crate::Error;
use crate::address::Guard;
use crate::config::DeliveryConfig;
use crate::intake;
use crate::invitation::{INVITATION, Invitations};
use crate::mail::Mail;
use crate::queue::{Job, Outcome};
use crate::retry::Failure;
use crate::route::{NO_NOTIFICATION, Route, Way, route};
use crate::sms::Sms;
use crate::text::Texts;
use crate::webhook::Webhook;

/// Where deliveries of one target go.
pub(crate) enum Target {
    Mail(Mail),
    Sms(Sms),
    Webhook(Webhook),
}

/// What all attempts need.
pub(crate) struct Means {
    pub(crate) config: DeliveryConfig,
    pub(crate) texts: Texts,
    pub(crate) invitations: Option<Invitations>,
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
    pub(crate) async fn attempt(&self, job: &Job, means: &Means) -> Outcome {
        let limit = means.config.attempt_timeout();
        match tokio::time::timeout(limit, self.send(job, means)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => Outcome::Failed(Failure::transient(format!(
                "no answer within {} ms",
                limit.as_millis()
            ))),
        }
    }

    async fn send(&self, job: &Job, means: &Means) -> Result<Outcome, Failure> {
        let facts = &job.facts;
        let invitations = means.invitations.as_ref();
        let link = invitations.filter(|_| job.kind == INVITATION);
        let link = link.and_then(|invitations| invitations.link(job));
        if let Self::Webhook(webhook) = self {
            if facts.version.is_none() {
                return Ok(Outcome::NotTried(NO_NOTIFICATION));
            }
            webhook.send(job, link.as_deref()).await?;
            return Ok(Outcome::Delivered);
        }
        let Route::To(way) = route(&job.recipient, &job.kind, facts, &means.config) else {
            return Ok(Outcome::Rerouted);
        };
        let (name, language) = reader(job);
        let text = means
            .texts
            .render(&job.kind, name, language, facts, link.as_deref())?;
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

/// The name and the language of whoever reads it.
fn reader(job: &Job) -> (Option<&str>, Option<&str>) {
    if job.recipient != "customer" {
        return (None, None);
    }
    let facts = &job.facts;
    let name = facts.customer_name.as_deref();
    let language = facts.customer_language.as_deref();
    (
        name.or(facts.caller_name.as_deref()),
        language.or(facts.ticket_language.as_deref()),
    )
}

/// An attempt whose task didn't end as it should.
pub(crate) fn broken(error: &tokio::task::JoinError) -> Outcome {
    Outcome::Failed(Failure::transient(Chain(error).to_string()))
}
