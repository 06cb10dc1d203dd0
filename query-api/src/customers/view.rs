//! A customer as they are shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::MaybeTime;

/// A customer. Of one who was erased, nothing is left but that there was somebody.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema, FromRow)]
#[schema(as = Customer)]
pub(crate) struct CustomerView {
    pub(crate) id: Uuid,
    /// How many events there are; the `ETag`.
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    /// How they are told about their tickets: `email`, `sms` or `none`.
    pub(crate) channel: Option<String>,
    /// A BCP 47 tag.
    pub(crate) language: Option<String>,
    /// Who is to come if possible.
    pub(crate) consultant: Option<Uuid>,
    /// Whether they may be asked how it went.
    pub(crate) surveys: Option<bool>,
    /// Fields whose personal data was destroyed for good; they are null.
    #[sqlx(json)]
    pub(crate) erased: Vec<String>,
    /// Business time, like the times below.
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) registered_at: Timestamp,
    /// Of the last event; never runs backwards.
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) updated_at: Timestamp,
    /// When everything personal of them had to go; null as long as they are known.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[sqlx(try_from = "Option<jiff_sqlx::Timestamp>")]
    pub(crate) erased_at: MaybeTime,
}

/// A customer in a list.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct FoundCustomer {
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub(crate) customer: CustomerView,
    /// Their latest tickets, the newest first; at most 5.
    #[sqlx(json)]
    pub(crate) tickets: Vec<LatestTicket>,
}

/// What somebody's ticket is about, at a glance.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LatestTicket {
    pub(crate) id: Uuid,
    /// What is read out on the phone, check digit included.
    pub(crate) number: String,
    pub(crate) status: String,
    pub(crate) subject: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
}
