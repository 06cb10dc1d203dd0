//! The bodies as they stand in requests and in the OpenAPI document; here those of tickets' commands,
//! and what several streams' have in common. Every member is optional
//! here, so that a body with several faults can be read as far as it goes; `command` says what is
//! required. An absent member isn't serialised: a member added later leaves old digests alone.

pub(crate) mod catalogue;
pub(crate) mod consultant;
pub(crate) mod customer;
pub(crate) mod survey;

use std::collections::BTreeMap;

use docket_schemas::ticket::DecisionV1;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::object::Object;
use super::values::{AwaitingWord, ChannelWord, PriorityWord, RelationWord, VisibilityWord};

/// `accept`, `resume`, `close`, `travel`, `arrive`, `retire`, `erase`: nothing to say. The body may be
/// left out.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmptyBody {}

/// A new ticket.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OpenBody {
    /// Whose problem it is. Either this or `caller`; a customer who names neither opens it for
    /// themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer: Option<Uuid>,
    /// Somebody without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CallerBody>)]
    pub(super) caller: Option<Object<CallerBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) channel: Option<ChannelWord>,
    /// The store it concerns or was brought to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(super) store: Option<String>,
    /// The team that is to work it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(super) team: Option<String>,
    /// In one line. Lengths of texts are counted in bytes of UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = true,
        min_length = 1,
        max_length = 300,
        example = "Till 3 prints nothing"
    )]
    pub(super) subject: Option<String>,
    /// At length.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 16384)]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(super) category: Option<String>,
    /// What a consultant must know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(super) skills: Vec<String>,
    /// `moderate` unless stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) priority: Option<PriorityWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PlaceBody>)]
    pub(super) place: Option<Object<PlaceBody>>,
    /// The customer's language, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100, example = "de-CH")]
    pub(super) language: Option<String>,
    /// Whatever else is worth knowing: at most 50 names of up to 100 bytes with texts of up to
    /// 1,000.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) fields: BTreeMap<String, String>,
}

/// How to reach somebody without an account.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallerBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(super) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub(super) email: Option<String>,
}

/// Where something or somebody is: an address, a point (both coordinates), or both.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PlaceBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) address: Option<String>,
    /// Degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -90, maximum = 90)]
    pub(super) latitude: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -180, maximum = 180)]
    pub(super) longitude: Option<f64>,
}

/// Who is to work it.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AssignBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) consultant: Option<Uuid>,
    /// Why them: from a router, in the role `service`, and from nobody else. As the event
    /// `docket.ticket.assigned.v1` records it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub(super) decision: Option<Object<DecisionV1>>,
}

/// Why: `decline`, `unassign`, `reopen`, `cancel`.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReasonBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 1000)]
    pub(super) reason: Option<String>,
}

/// The team that is to work it from now on.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TransferBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(super) team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) reason: Option<String>,
}

/// What the work waits for.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HoldBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) awaiting: Option<AwaitingWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 16384)]
    pub(super) note: Option<String>,
}

/// How it was solved.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ResolveBody {
    /// From the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 16384)]
    pub(super) note: Option<String>,
}

/// New values for what the ticket says. What is absent stays as it is; `null` takes it away.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
pub(crate) struct AmendBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 300)]
    pub(super) subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 16384)]
    pub(super) description: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub(super) category: Option<Option<String>>,
    /// The whole new list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20)]
    pub(super) skills: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) priority: Option<PriorityWord>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stated")]
    #[schema(value_type = Option<PlaceBody>)]
    pub(super) place: Option<Option<Object<PlaceBody>>>,
    /// Only the named ones change.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) fields: BTreeMap<String, Option<String>>,
}

/// Tells a member that is `null` from one that is absent.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Something to say about the ticket.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CommentBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 16384)]
    pub(super) text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) visibility: Option<VisibilityWord>,
}

/// Another ticket, and what this one has to do with it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) ticket: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true)]
    pub(super) relation: Option<RelationWord>,
}

/// Time and parts spent.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, minimum = 0, maximum = 44640)]
    pub(super) minutes: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<PartBody>, max_items = 50)]
    pub(super) parts: Vec<Object<PartBody>>,
}

/// A part used.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PartBody {
    /// As the warehouse calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, min_length = 1, max_length = 100)]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = true, minimum = 1)]
    pub(super) quantity: Option<u32>,
}
