//! Bodies of surveys' commands.

use docket_domain::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::values::AskedByWord;

/// Asks a ticket's customer how a closing of it went. What it says of the ticket is what answers are
/// counted by, so it is stated as it was when the ticket was closed. Lengths of texts are counted in
/// bytes of UTF-8.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InviteBody {
    /// Whose ticket it is, if they have an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) customer: Option<Uuid>,
    /// By which way they are asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(in crate::wire) channel: Option<AskedByWord>,
    /// The language they are asked in, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, example = "de-CH")]
    pub(in crate::wire) language: Option<String>,
    /// Who worked the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) consultant: Option<Uuid>,
    /// The team that worked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) team: Option<String>,
    /// The ticket's category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) category: Option<String>,
    /// The store it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) store: Option<String>,
    /// The area it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) area: Option<String>,
    /// Until when it may be answered; the link that is sent says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = String, format = DateTime)]
    pub(in crate::wire) expires_at: Option<Timestamp>,
}

/// What a customer thinks of it. Nothing of it is part of the canonical form, whose digest stands in the
/// log beside its salt: a text could be guessed by it. The command's key is made of it instead.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AnswerBody {
    /// The one in the link. It opens the survey instead of a bearer token.
    #[serde(skip_serializing)]
    #[schema(required = true)]
    pub(crate) token: Option<String>,
    /// How well it went: 1 (badly) to 5 (very well).
    #[serde(skip_serializing)]
    #[schema(required = true, minimum = 1, maximum = 5)]
    pub(in crate::wire) score: Option<u32>,
    /// In words. Its length is counted in bytes of UTF-8.
    #[serde(skip_serializing)]
    #[schema(min_length = 1, max_length = 4000)]
    pub(in crate::wire) text: Option<String>,
}

impl AnswerBody {
    /// What it says, in one spelling.
    pub(crate) fn said(&self) -> Vec<u8> {
        // Numbers and texts always serialise.
        serde_json::to_vec(&(self.score, &self.text)).unwrap_or_default()
    }
}
