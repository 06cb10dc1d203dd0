//! Who calls: bearer tokens (JWT, HS256) checked against one issuer, one audience and one key.
//!
//! The algorithm is fixed by us, never by the token; a token must expire. Whoever has no valid
//! token learns only that, as a 401 problem.

mod caller;
mod development;
mod known;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{FromRef, FromRequestParts};
use http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use http::request::Parts;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

pub use self::caller::{Caller, Role, actor_id};
pub use self::development::DevelopmentIssuer;
pub(crate) use self::development::create_key;
use self::known::KnownTokens;
use crate::config::{Check, ConfigError};
use crate::problem::Problem;

/// A key shorter than the hash would be the weakest link.
const KEY_BYTES_MIN: usize = 32;

/// Whose tokens are accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// The `iss` of every token. Default: `https://docket.local/development`.
    pub issuer: String,
    /// What `aud` must contain. Default: `docket`.
    pub audience: String,
    /// File with the shared HS256 key, at least 32 bytes. Default: `docket.key`.
    pub key_file: PathBuf,
    /// How far clocks may differ, in seconds. Default: 30.
    pub leeway_s: u64,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            issuer: "https://docket.local/development".into(),
            audience: "docket".into(),
            key_file: "docket.key".into(),
            leeway_s: 30,
        }
    }
}

impl Check for AuthConfig {
    fn check(&self) -> Result<(), ConfigError> {
        ConfigError::unless(!self.issuer.is_empty(), "auth.issuer", "is empty")?;
        ConfigError::unless(!self.audience.is_empty(), "auth.audience", "is empty")?;
        ConfigError::unless(
            self.leeway_s <= 300,
            "auth.leeway_s",
            "is more than 300 seconds",
        )
    }
}

/// Why tokens can't be checked or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file can't be read or made.
    #[error("the token key {} can't be used", path.display())]
    KeyFile {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key is too weak.
    #[error("the token key {} has {bytes} bytes; it needs at least {KEY_BYTES_MIN}", path.display())]
    ShortKey {
        /// Its path.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// A token can't be signed.
    #[error("the token can't be signed")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since 1970; RFC 7519 allows fractions. That it is there is checked with the rest.
    #[serde(default)]
    exp: f64,
    role: Role,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
}

/// Checks tokens. Cheap to clone: put it into the state of a router.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: Arc<str>,
    key: DecodingKey,
    validation: Validation,
    known: KnownTokens,
}

impl Verifier {
    /// Reads the key.
    pub fn open(config: &AuthConfig) -> Result<Self, Error> {
        Ok(Self::new(config, &read_key(&config.key_file)?))
    }

    fn new(config: &AuthConfig, key: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = config.leeway_s;
        Self(Arc::new(Inner {
            issuer: config.issuer.as_str().into(),
            key: DecodingKey::from_secret(key),
            validation,
            known: KnownTokens::default(),
        }))
    }

    /// The caller that a token speaks for, or a 401 problem.
    pub fn verify(&self, token: &str) -> Result<Caller, Problem> {
        let inner = &*self.0;
        // Before 1970 nothing is known.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since_1970.map_or(f64::MAX, |since| since.as_secs_f64());
        if let Some(caller) = inner.known.get(token, now) {
            return Ok(caller);
        }
        let decoded = jsonwebtoken::decode::<Claims>(token, &inner.key, &inner.validation);
        let claims = decoded.map_err(|error| refused(why(error.kind())))?.claims;
        if claims.sub.is_empty() {
            return Err(refused("its subject is empty"));
        }
        let factors = ["mfa", "otp", "hwk"];
        let caller = Caller {
            issuer: Arc::clone(&inner.issuer),
            actor_id: actor_id(&inner.issuer, &claims.sub),
            role: claims.role,
            second_factor: claims
                .amr
                .iter()
                .any(|method| factors.contains(&method.as_str())),
            subject: claims.sub,
        };
        let leeway_s = inner.validation.leeway as f64;
        inner.known.add(token, &caller, claims.exp + leeway_s);
        Ok(caller)
    }

    fn caller(&self, parts: &Parts) -> Result<Caller, Problem> {
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(missing)?;
        let (scheme, token) = header
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        self.verify(token.trim())
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Verifier::from_ref(state).caller(parts)
    }
}

/// RFC 6750: no error code for who brought no token at all.
fn missing() -> Problem {
    Problem::unauthorized("send a token: Authorization: Bearer <token>").header(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"docket\""),
    )
}

fn refused(why: &str) -> Problem {
    let challenge = HeaderValue::from_static("Bearer realm=\"docket\", error=\"invalid_token\"");
    Problem::unauthorized(format!("the token is refused: {why}"))
        .header(WWW_AUTHENTICATE, challenge)
}

fn why(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::InvalidAlgorithm => "its algorithm is not HS256",
        ErrorKind::MissingRequiredClaim(_) => "it lacks one of exp, iss, aud, sub",
        // Also one whose header names an algorithm nobody signs with, such as `none`.
        _ => "it is malformed, unsigned, or its role is unknown",
    }
}

fn read_key(path: &Path) -> Result<Vec<u8>, Error> {
    let key = fs::read(path).map_err(|source| Error::KeyFile {
        path: path.to_owned(),
        source,
    })?;
    let key = key.trim_ascii().to_vec();
    if key.len() < KEY_BYTES_MIN {
        return Err(Error::ShortKey {
            path: path.to_owned(),
            bytes: key.len(),
        });
    }
    Ok(key)
}
