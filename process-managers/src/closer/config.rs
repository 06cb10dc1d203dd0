//! What can be set about the closer.

use docket_service::config::{Check, ConfigError};
use serde::Deserialize;

/// Section `closer`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CloserConfig {
    /// Whether resolved tickets are closed at all. Default: true.
    pub enabled: bool,
    /// How long a ticket stays resolved, in seconds, for its customer to object; then it is closed.
    /// Default: 604,800, which is seven days.
    pub after_s: u32,
}

impl Default for CloserConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            after_s: 604_800,
        }
    }
}

impl Check for CloserConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let none = "is 0, so that nobody could object";
        ConfigError::unless(self.after_s > 0, "closer.after_s", none)
    }
}
