//! What somebody who tries Docket needs: a token for each role, and a first session to paste.

use std::fmt::Write as _;
use std::time::Duration;

use docket_event_log::LogConfig;
use docket_service::Role;
use docket_service::auth::{AuthConfig, DevelopmentIssuer, Error, actor_id};
use uuid::Uuid;

use super::Running;

/// The first session, as the README has it and as it is printed at the start.
pub const FIRST_SESSION: &str = include_str!("first-session.sh");

const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Shell variable, subject, role.
const SAMPLES: [(&str, &str, Role); 9] = [
    ("CUSTOMER", "customer", Role::Customer),
    ("RECEPTIONIST", "receptionist", Role::Receptionist),
    ("STORE_STAFF", "store-staff", Role::StoreStaff),
    ("CONSULTANT", "consultant", Role::Consultant),
    ("CONSULTANT_2", "consultant-2", Role::Consultant),
    ("MANAGER", "manager", Role::Manager),
    ("ADMINISTRATOR", "administrator", Role::Administrator),
    ("SERVICE", "service", Role::Service),
    ("IMPORTER", "importer", Role::Importer),
];

/// Somebody to be while trying Docket.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The shell variable that holds the token; with `_ID` after it, the id.
    pub variable: &'static str,
    /// The role in the token.
    pub role: Role,
    /// Who it is in tickets.
    pub id: Uuid,
    /// The token, good for thirty days.
    pub token: String,
}

/// A token for each role.
#[derive(Clone, Debug)]
pub struct Tokens(Vec<Sample>);

impl Tokens {
    pub(super) fn make(issuer: &DevelopmentIssuer, auth: &AuthConfig) -> Result<Self, Error> {
        let samples = SAMPLES.map(|(variable, subject, role)| {
            Ok(Sample {
                variable,
                role,
                id: actor_id(&auth.issuer, subject),
                token: issuer.token(subject, role, LIFETIME)?,
            })
        });
        samples.into_iter().collect::<Result<_, _>>().map(Self)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Sample> {
        self.0.iter()
    }

    /// The first one of that role.
    ///
    /// # Panics
    /// Never: there is one of each.
    pub fn of(&self, role: Role) -> &Sample {
        let mut samples = self.0.iter();
        samples
            .find(|sample| sample.role == role)
            .expect("there is a sample of each role")
    }
}

impl Running {
    /// The text of `session.env`.
    pub(super) fn session_env(&self) -> String {
        let mut text = format!(
            "# Written by docket when it starts; source it: . {}\n\
             export DOCKET_URL='{}'\n",
            shell_word(&self.session_file().to_string_lossy()),
            self.url()
        );
        // For `replay audit` and `docket demo`; as long as this runs. Writing into a String does not
        // fail.
        let _ = match self.log() {
            LogConfig::Postgres(log) => writeln!(text, "export DOCKET_LOG_URL='{}'", log.url),
            LogConfig::Kafka(log) => writeln!(
                text,
                "export DOCKET_LOG_KAFKA='{}'\nexport DOCKET_LOG_TOPIC='{}'",
                log.brokers, log.topic
            ),
        };
        for sample in self.tokens.iter() {
            let Sample {
                variable,
                id,
                token,
                ..
            } = sample;
            // Writing into a String does not fail.
            let _ = writeln!(
                text,
                "export {variable}_ID='{id}'\nexport {variable}='{token}'"
            );
        }
        text
    }

    /// What is printed once everything is ready.
    pub fn welcome(&self) -> String {
        let url = self.url();
        let file = shell_word(&self.session_file().to_string_lossy());
        let mut people = String::new();
        for sample in self.tokens.iter() {
            let _ = writeln!(people, "  {:<14} {}", sample.variable, sample.id);
        }
        let session = FIRST_SESSION.replace(r#""${DOCKET_SESSION:-.docket/session.env}""#, &file);
        let kept = self.kept_in();
        format!(
            "Docket is ready: {url}\n\
             Everything is kept in {kept}\n\n\
             \x20 {url}/docs            try every request in a browser\n\
             \x20 {url}/openapi.json    the API\n\
             \x20 {url}/readyz?verbose  how it is, /livez, /metrics\n\n\
             Who you can be (`. {file}` sets $NAME to a token and $NAME_ID to\n\
             this id; `docket token` makes more):\n\n{people}\n\
             A first session, to be pasted into another shell:\n\n{session}\n\
             Ctrl-C stops it; what it did is kept.\n"
        )
    }
}

/// Quoted where a shell would otherwise read more into it than the text.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
