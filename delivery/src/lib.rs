//! The delivery worker: takes the outbox's notifications and sends them, by mail, text message and
//! webhook.
//!
//! Reads the rows that the projector `outbox` makes, and keeps what became of each in tables of its
//! own, which no rebuild touches. It knows neither the log nor the domain. Guarantees:
//!
//! * every notification is delivered at least once, or stands visible as held (a day at most where no
//!   way leads there), dead or dropped with the reason, until it is redriven or forgotten after a
//!   configured time; each under an id that never changes, so that a receiver can drop a repetition;
//! * nothing is sent because a view is read again or somebody newly configured: what was before is no
//!   news;
//! * two workers never send the same one at once (a frozen one that wakes up late apart: its
//!   receiver sees the id twice);
//! * a receiver that hangs, fails or answers byte by byte delays no other target's deliveries;
//! * nothing it keeps or logs says whom a notification went to or what it said.

mod address;
mod config;
mod intake;
mod invitation;
mod mail;
mod outage;
mod queue;
mod retry;
mod route;
mod sms;
mod status;
mod target;
mod text;
mod ways;
mod webhook;
mod worker;

use docket_service::health::Health;
use docket_service::shutdown::Shutdown;
use docket_service::survey_link::SurveyLinks;

pub use config::{
    DeliveryConfig, Endpoint, MailConfig, Secret, SmsConfig, SmsFormat, Tls, WebhookConfig,
};
pub use queue::Queue;
pub use status::{DeadLetter, Line, Which};
pub use webhook::signature;
pub use worker::Worker;

/// Why the worker can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tables of deliveries can't be made.
    #[error("the tables of deliveries can't be prepared")]
    Prepare(#[from] docket_migrations::Error),
    /// The database failed; worth another try.
    #[error("the outbox's database failed")]
    Database(#[from] sqlx::Error),
    /// No worker has made the tables of deliveries.
    #[error("there are no deliveries in schema {schema}")]
    NoDeliveries {
        /// As configured.
        schema: String,
    },
    /// A target can't be set up as configured.
    #[error("delivery.{field} can't be used")]
    Target {
        /// Of the configuration.
        field: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nobody knows where invitations to surveys lead.
    #[error(
        "delivery.survey_page is not set, and invitations to surveys would lead nowhere: name the page \
         where customers answer, such as https://support.example.org/survey"
    )]
    SurveyPage,
    /// Invitations can't be signed.
    #[error(
        "survey_links.key_file is not set, and invitations to surveys could not be signed: name the \
         file that the command API checks them with"
    )]
    SurveyKey,
    /// A text can't be read or rendered.
    #[error("the texts in {language} can't be used: {why}")]
    Texts {
        /// The language, as its file is called.
        language: String,
        /// Why.
        why: String,
    },
}

/// Starts a worker that delivers until `shutdown`, and then finishes what it has begun. A database
/// that is down, or an outbox that isn't made yet, is waited for; that shows in the health's
/// component `delivery`. `links` signs the links in invitations to surveys.
pub fn start(
    config: DeliveryConfig,
    links: SurveyLinks,
    health: &Health,
    shutdown: &Shutdown,
) -> Result<Worker, Error> {
    Worker::start(config, links, health, shutdown)
}
