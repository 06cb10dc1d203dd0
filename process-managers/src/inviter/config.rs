//! What can be set about the inviter.

use docket_domain::survey::Score;
use docket_service::config::{Check, ConfigError};
use serde::Deserialize;

/// Section `inviter`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InviterConfig {
    /// Whether customers are asked how it went, and bad answers heard. Default: true.
    pub enabled: bool,
    /// How long a survey may be answered, in seconds from the ticket's closing. Nobody is asked later
    /// than that. Default: 1,209,600, which is fourteen days.
    pub answer_within_s: u32,
    /// How long ago a ticket may have been resolved when it is closed, in seconds, for its customer to
    /// be asked; longer than `closer.after_s`. Default: 2,592,000, which is thirty days.
    pub resolved_within_s: u32,
    /// A ticket whose customer gave this score or a lower one is reopened, if it still may be.
    /// Default: none, and answers reopen nothing. It acts on answers that come: one that was given
    /// more than an hour before an inviter with this setting read it brings nothing back.
    pub reopen_at_most: Option<u8>,
}

impl Default for InviterConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            answer_within_s: 1_209_600,
            resolved_within_s: 2_592_000,
            reopen_at_most: None,
        }
    }
}

impl Check for InviterConfig {
    fn check(&self) -> Result<(), ConfigError> {
        ConfigError::unless(
            self.answer_within_s > 0,
            "inviter.answer_within_s",
            "is 0, so that nobody could answer",
        )?;
        let score = self.reopen_at_most;
        ConfigError::unless(
            score.is_none_or(|score| Score::new(score.into()).is_ok()),
            "inviter.reopen_at_most",
            "is no score, which are 1 to 5",
        )
    }
}
