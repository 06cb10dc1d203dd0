//! An issuer for the all-in-one and for tests: makes its own key and hands out any token.
//!
//! Whoever can read the key file can be anybody, so the file is for its owner only.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use super::{AuthConfig, Error, Role, Verifier, read_key};

/// Makes tokens that a [`Verifier`] of the same configuration accepts.
#[derive(Clone)]
pub struct DevelopmentIssuer {
    config: AuthConfig,
    key: Vec<u8>,
}

impl DevelopmentIssuer {
    /// Reads the key file, or makes one (32 random bytes in hexadecimal, mode 0600) where there is
    /// none. Of several processes that do so at once, all use the first one's.
    pub fn open(config: &AuthConfig) -> Result<Self, Error> {
        if !config.key_file.exists() {
            create_key(&config.key_file).map_err(|source| Error::KeyFile {
                path: config.key_file.clone(),
                source,
            })?;
        }
        Ok(Self {
            key: read_key(&config.key_file)?,
            config: config.clone(),
        })
    }

    /// A token for that subject in that role, good for `lifetime`.
    pub fn token(&self, subject: &str, role: Role, lifetime: Duration) -> Result<String, Error> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let claims = json!({
            "iss": self.config.issuer,
            "aud": self.config.audience,
            "sub": subject,
            "role": role,
            "iat": now.as_secs(),
            "exp": (now + lifetime).as_secs(),
            "amr": ["mfa"],
        });
        let key = EncodingKey::from_secret(&self.key);
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &key,
        )?)
    }

    /// What accepts these tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(&self.config, &self.key)
    }
}

/// A file with 32 random bytes in hexadecimal, for its owner only, unless there is one.
pub(crate) fn create_key(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Mode 0600 from the start, and never seen half written.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    for byte in key {
        write!(file, "{byte:02x}")?;
    }
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(refused) if refused.error.kind() != io::ErrorKind::AlreadyExists => Err(refused.error),
        _ => Ok(()),
    }
}
