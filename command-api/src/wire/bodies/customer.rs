//! Bodies of customers' commands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::values::NotificationWord;
use super::stated;

/// A new customer. Who it is, either `id` or `subject` says; with neither, a customer registers
/// themselves, and anybody else somebody without an account, who gets an id of caller and
/// Idempotency-Key.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RegisterCustomerBody {
    /// Their id: that of their tokens if they sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) id: Option<Uuid>,
    /// Instead of `id`: the name by which the identity provider knows them (`sub` of their token).
    /// The id is made of it and of `issuer`, as that of whoever sends a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub(in crate::wire) subject: Option<String>,
    /// Beside `subject`: the identity provider (`iss`); the one of the caller's own token unless
    /// stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub(in crate::wire) issuer: Option<String>,
    /// As they are called. Lengths of texts are counted in bytes of UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    /// 3 to 20 digits, with what people write between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, example = "+41 44 668 18 00")]
    pub(in crate::wire) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, example = "carla@example.com")]
    pub(in crate::wire) email: Option<String>,
    /// How they are told about their tickets. Unless stated: by e-mail if there is an address, else
    /// by text message if there is a number, else not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) channel: Option<NotificationWord>,
    /// As a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, example = "de-CH")]
    pub(in crate::wire) language: Option<String>,
    /// Who is to come if possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) consultant: Option<Uuid>,
    /// Whether they may be asked how it went; `true` unless stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) surveys: Option<bool>,
}

/// New values for who a customer is and how to reach them. What is absent stays as it is; `null`
/// takes it away.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct ContactBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(in crate::wire) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::wire) phone: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, max_length = 254)]
    pub(in crate::wire) email: Option<Option<String>>,
}

/// New values for how a customer wants to be served. What is absent stays as it is; `null` takes it
/// away.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct PreferencesBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) channel: Option<NotificationWord>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub(in crate::wire) language: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<Uuid>)]
    pub(in crate::wire) consultant: Option<Option<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wire) surveys: Option<bool>,
}
