//! Who a caller is: a subject of an issuer, in one role, with an id that names nobody.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Of every actor id; never to be changed, since the ids are in the log.
const ACTORS: Uuid = Uuid::from_u128(0x2f8e_3c1a_9d54_5b7e_a6c0_4d0c_4e7a_c701);

/// Whoever sent the request, as its token says. An extractor where the state has a [`Verifier`](super::Verifier).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who vouches for the subject.
    pub issuer: Arc<str>,
    /// The issuer's name for the caller.
    pub subject: String,
    /// Made of both; names nobody to a stranger.
    pub actor_id: Uuid,
    /// The one role in which it acts now.
    pub role: Role,
    /// Was a second factor shown (`amr` of RFC 8176)?
    pub second_factor: bool,
}

/// The id of an actor: UUIDv5 over issuer and subject, each after its length so that no two pairs
/// are spelled alike.
pub fn actor_id(issuer: &str, subject: &str) -> Uuid {
    let name = format!("{}:{issuer}{}:{subject}", issuer.len(), subject.len());
    Uuid::new_v5(&ACTORS, name.as_bytes())
}

/// What a caller may do follows from its role; the names are those of tokens, records, answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the domain's roles say what each may do")]
pub enum Role {
    Customer,
    Receptionist,
    StoreStaff,
    Consultant,
    Manager,
    Administrator,
    Service,
    Importer,
}

impl Role {
    /// The name, as in `role` of a token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Receptionist => "receptionist",
            Self::StoreStaff => "store_staff",
            Self::Consultant => "consultant",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
            Self::Service => "service",
            Self::Importer => "importer",
        }
    }
}
