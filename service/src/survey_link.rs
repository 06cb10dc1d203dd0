//! Links by which a customer answers a survey without signing in: made where the invitation is
//! sent, checked where the answer comes in.
//!
//! A link's token names the closing, says until when the survey may be answered, and ends with an
//! HMAC-SHA256 over both and the ticket. Guarantee: a token that is opened was signed with one of our
//! secrets for that very ticket, closing and time; of any other, nothing is told but that.
//!
//! Secrets are changed without a dead link: the new one is written below the old one everywhere,
//! then above it, and the old one is taken away when the last survey it signed is over.

use std::fmt;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;
use uuid::Uuid;

use crate::auth::create_key;

/// A secret shorter than the hash would be the weakest link.
const SECRET_BYTES_MIN: usize = 32;

/// Section `survey_links`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurveyLinksConfig {
    /// File with the secrets that survey links are signed with, one a line, each at least 32 bytes.
    /// The first one signs; all are accepted. Default: none, and no survey can be answered.
    pub key_file: Option<PathBuf>,
}

/// Why links can't be signed and checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file can't be read or made.
    #[error("the survey key {} can't be used", path.display())]
    KeyFile {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A secret is too weak, or there is none.
    #[error(
        "line {line} of the survey key {} has {bytes} bytes; a secret needs at least \
         {SECRET_BYTES_MIN}",
        path.display()
    )]
    ShortSecret {
        /// The file's path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Its length.
        bytes: usize,
    },
}

/// Signs links and checks them. Cheap to clone.
#[derive(Clone, Default)]
pub struct SurveyLinks(Arc<[Hmac<Sha256>]>);

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SurveyLink {
    /// The ticket.
    pub ticket: Uuid,
    /// Which of its closings, from 1.
    pub closing: NonZeroU32,
    /// Until when it may be answered, in seconds since 1970.
    pub expires_at_s: i64,
}

/// The token is none of ours, or not for that ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the link was not made here, or was changed since")]
pub struct ForgedLink;

impl SurveyLinks {
    /// Reads the secrets. Without a file there is none: nothing can be signed, and every link is
    /// forged.
    pub fn open(config: &SurveyLinksConfig) -> Result<Self, Error> {
        let Some(path) = &config.key_file else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(path).map_err(|source| Error::KeyFile {
            path: path.clone(),
            source,
        })?;
        Self::of_lines(&text).map_err(|(line, bytes)| Error::ShortSecret {
            path: path.clone(),
            line,
            bytes,
        })
    }

    /// The same, with a secret made (32 random bytes in hexadecimal, mode 0600) where there is no
    /// file: for the all-in-one and for tests.
    pub fn open_or_make(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            create_key(path).map_err(|source| Error::KeyFile {
                path: path.to_owned(),
                source,
            })?;
        }
        Self::open(&SurveyLinksConfig {
            key_file: Some(path.to_owned()),
        })
    }

    /// The secrets in a file's lines; else the line that holds none, and its length.
    fn of_lines(text: &str) -> Result<Self, (usize, usize)> {
        let lines = text.trim_end().split('\n').enumerate();
        let secrets = lines.map(|(n, line)| {
            let secret = line.trim().as_bytes();
            Hmac::new_from_slice(secret)
                .ok()
                .filter(|_| secret.len() >= SECRET_BYTES_MIN)
                .ok_or((n + 1, secret.len()))
        });
        secrets.collect::<Result<_, _>>().map(Self)
    }

    /// The token of a link, in letters, digits, `.`, `-` and `_`; none if there is no secret.
    pub fn sign(&self, link: SurveyLink) -> Option<String> {
        let signature = signing(self.0.first()?, link).finalize().into_bytes();
        Some(format!(
            "{}.{}.{}",
            link.closing,
            link.expires_at_s,
            URL_SAFE_NO_PAD.encode(signature)
        ))
    }

    /// What a token is for, if it was signed for that ticket. Signatures are compared in constant
    /// time. Whether the time is over is for others to say.
    pub fn open_token(&self, ticket: Uuid, token: &str) -> Result<SurveyLink, ForgedLink> {
        let mut parts = token.split('.');
        let mut part = || parts.next().ok_or(ForgedLink);
        let (closing, expires_at_s, signature) = (part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(ForgedLink);
        }
        let link = SurveyLink {
            ticket,
            closing: number(closing)?,
            expires_at_s: number(expires_at_s)?,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| ForgedLink)?;
        let signed = |secret| signing(secret, link).verify_slice(&signature).is_ok();
        if self.0.iter().any(signed) {
            Ok(link)
        } else {
            Err(ForgedLink)
        }
    }
}

/// No secret shows in a log.
impl fmt::Debug for SurveyLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SurveyLinks({} secrets)", self.0.len())
    }
}

/// A number in its one spelling: a link has one token per secret.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Result<T, ForgedLink> {
    let number: T = text.parse().map_err(|_| ForgedLink)?;
    if number.to_string() == text {
        Ok(number)
    } else {
        Err(ForgedLink)
    }
}

/// What is signed; the words keep it apart from whatever else the secret might ever sign.
fn signing(secret: &Hmac<Sha256>, link: SurveyLink) -> Hmac<Sha256> {
    let SurveyLink {
        ticket,
        closing,
        expires_at_s,
    } = link;
    let mut mac = secret.clone();
    mac.update(format!("docket survey {ticket} {closing} {expires_at_s}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old secret of 32 bytes or more";
    const NEW: &str = "a new secret of 32 bytes or more.";

    const LINK: SurveyLink = SurveyLink {
        ticket: Uuid::from_u128(7),
        closing: NonZeroU32::MIN,
        expires_at_s: 1_796_371_200,
    };

    fn links(secrets: &str) -> SurveyLinks {
        SurveyLinks::of_lines(secrets).expect("secrets")
    }

    #[test]
    fn a_token_says_what_it_was_signed_for() {
        let links = links(OLD);
        for closing in [1, 2, u32::MAX] {
            let closing = NonZeroU32::new(closing).expect("not 0");
            for expires_at_s in [i64::MIN, -1, 0, LINK.expires_at_s, i64::MAX] {
                let link = SurveyLink {
                    closing,
                    expires_at_s,
                    ..LINK
                };
                let token = links.sign(link).expect("signed");
                assert_eq!(links.open_token(LINK.ticket, &token), Ok(link));
            }
        }
    }

    /// Computed with `openssl dgst -sha256 -hmac`: links in people's mail outlive a version.
    #[test]
    fn a_released_token_stays_what_it_is() {
        let token = links(OLD).sign(LINK).expect("signed");
        assert_eq!(
            token,
            "1.1796371200.SYIUM7e-1wVUfDk-6uVTk4JQpWPX4gfWAkO_vmbGa5M"
        );
    }

    #[test]
    fn a_token_with_any_bit_changed_is_forged() {
        let links = links(OLD);
        let token = links.sign(LINK).expect("signed");
        let mut changed = 0;
        for at in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(forged) = String::from_utf8(bytes) else {
                    continue;
                };
                changed += 1;
                let opened = links.open_token(LINK.ticket, &forged);
                assert_eq!(opened, Err(ForgedLink), "{forged}");
            }
        }
        assert!(changed > 7 * 50, "{changed}");
    }

    #[test]
    fn a_token_is_for_one_ticket_closing_and_time() {
        let links = links(OLD);
        let token = links.sign(LINK).expect("signed");
        let other_ticket = links.open_token(Uuid::from_u128(8), &token);
        assert_eq!(other_ticket, Err(ForgedLink));
        let signature = token.rsplit('.').next().expect("a signature");
        for forged in [
            format!("2.1796371200.{signature}"),
            format!("1.1796371201.{signature}"),
            format!("01.1796371200.{signature}"),
            format!("+1.1796371200.{signature}"),
            format!("1.+1796371200.{signature}"),
            format!("0.1796371200.{signature}"),
            format!("{token}="),
            format!("{token}."),
            format!("{token}.x"),
            format!(" {token}"),
            format!("1.1796371200.{}", &signature[..42]),
            "1.1796371200.".to_owned(),
            "1.1796371200".to_owned(),
            "..".to_owned(),
            String::new(),
        ] {
            let opened = links.open_token(LINK.ticket, &forged);
            assert_eq!(opened, Err(ForgedLink), "{forged}");
        }
    }

    #[test]
    fn secrets_are_changed_without_a_dead_link() {
        let before = links(OLD).sign(LINK).expect("signed");
        let first = links(&format!("{OLD}\n{NEW}\n"));
        assert_eq!(first.sign(LINK).as_ref(), Some(&before));
        let then = links(&format!("{NEW}\r\n{OLD}"));
        let after = then.sign(LINK).expect("signed");
        assert_ne!(after, before);
        for token in [&before, &after] {
            for links in [&first, &then] {
                assert_eq!(links.open_token(LINK.ticket, token), Ok(LINK));
            }
        }
        let last = links(NEW);
        assert_eq!(last.open_token(LINK.ticket, &after), Ok(LINK));
        assert_eq!(last.open_token(LINK.ticket, &before), Err(ForgedLink));
    }

    #[test]
    fn without_a_secret_nothing_is_signed_and_everything_is_forged() {
        let none = SurveyLinks::open(&SurveyLinksConfig::default()).expect("none");
        assert_eq!(none.sign(LINK), None);
        let token = links(OLD).sign(LINK).expect("signed");
        assert_eq!(none.open_token(LINK.ticket, &token), Err(ForgedLink));
        // Not even a signature under the empty secret.
        let empty = Hmac::new_from_slice(b"").map(|empty| SurveyLinks([empty].into()));
        let token = empty.expect("a key").sign(LINK).expect("signed");
        assert_eq!(none.open_token(LINK.ticket, &token), Err(ForgedLink));
    }

    #[test]
    fn a_weak_secret_is_refused_by_its_line() {
        for (text, line, bytes) in [
            ("", 1, 0),
            ("short", 1, 5),
            (&format!("{OLD}\n\n{NEW}"), 2, 0),
            (&format!("{OLD}\n  {}  ", "x".repeat(31)), 2, 31),
        ] {
            let refused = SurveyLinks::of_lines(text).map(|links| links.0.len());
            assert_eq!(refused, Err((line, bytes)), "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_made_once_and_shows_nowhere() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("keys/survey.key");
        let links = SurveyLinks::open_or_make(&path).expect("made");
        let token = links.sign(LINK).expect("signed");
        let again = SurveyLinks::open_or_make(&path).expect("read");
        assert_eq!(again.open_token(LINK.ticket, &token), Ok(LINK));
        assert_eq!(format!("{links:?}"), "SurveyLinks(1 secrets)");
        let missing = SurveyLinks::open(&SurveyLinksConfig {
            key_file: Some(directory.path().join("none.key")),
        });
        assert!(matches!(missing, Err(Error::KeyFile { .. })));
    }
}
