//! Mail through a relay, by SMTP.
//!
//! Guarantee: what people wrote stays inside the header or the body it was put into. A connection
//! carries one mail: one that was cut off in the middle of a conversation is never used again, so
//! no next mail can end up inside the last.

mod refusal;

use std::path::Path;
use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use uuid::Uuid;

use crate::Error;
use crate::config::{MailConfig, Tls};
use crate::retry::Failure;
use crate::text::Text;
use refusal::failed;

/// How long a relay may take to say goodbye; the mail is with it by then.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The relay.
pub(crate) struct Mail {
    host: String,
    port: u16,
    tls: Tls,
    parameters: Option<TlsParameters>,
    credentials: Option<Credentials>,
    from: Mailbox,
}

impl Mail {
    pub(crate) fn new(config: &MailConfig) -> Result<Self, Error> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| Error::Target {
            field: "mail",
            source,
        };
        let parameters = match config.tls {
            Tls::None => None,
            Tls::Tls | Tls::Starttls => {
                Some(trusting(&config.host, config.ca_file.as_deref()).map_err(unusable)?)
            }
        };
        let usual = match config.tls {
            Tls::Tls => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        };
        let credentials = config.user.clone().zip(config.password.clone());
        let from = config.from.parse::<Mailbox>();
        Ok(Self {
            host: config.host.clone(),
            port: config.port.unwrap_or(usual),
            tls: config.tls,
            parameters,
            credentials: credentials.map(|(user, password)| Credentials::new(user, password.0)),
            from: from.map_err(|error| unusable(error.into()))?,
        })
    }

    pub(crate) async fn send(
        &self,
        id: Uuid,
        name: Option<&str>,
        to: &str,
        text: &Text,
    ) -> Result<(), Failure> {
        let message = self.message(id, name, to, text)?;
        let mut connection = self.connect().await.map_err(|error| failed(&error, true))?;
        let sent = connection
            .send(message.envelope(), &message.formatted())
            .await;
        // Its outcome stands, whatever becomes of the goodbye.
        tokio::spawn(tokio::time::timeout(QUIT_TIMEOUT, async move {
            connection.abort().await;
        }));
        sent.map_err(|error| failed(&error, false))?;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let hello = ClientId::default();
        let from_the_start = self.parameters.clone().filter(|_| self.tls == Tls::Tls);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            None,
            &hello,
            from_the_start,
            None,
        )
        .await?;
        if let Some(parameters) = self.parameters.clone()
            && self.tls == Tls::Starttls
        {
            connection.starttls(parameters, &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// The mail; fails only for good, when the address is none.
    fn message(
        &self,
        id: Uuid,
        name: Option<&str>,
        to: &str,
        text: &Text,
    ) -> Result<Message, Failure> {
        let address = to.parse();
        let address =
            address.map_err(|_| Failure::permanent("the address is not one of e-mail"))?;
        // Answering machines that know this header don't answer.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name.map(str::to_owned), address))
            .subject(text.subject.clone())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .date(SystemTime::now())
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(text.body.clone()),
            )
            .map_err(|error| Failure::permanent(format!("the mail can't be written: {error}")))
    }
}

/// The system's authorities, and those of a file.
fn trusting(
    host: &str,
    ca_file: Option<&Path>,
) -> Result<TlsParameters, Box<dyn std::error::Error + Send + Sync>> {
    let mut parameters = TlsParametersBuilder::new(host.to_owned());
    if let Some(path) = ca_file {
        let read = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        parameters = parameters.add_root_certificate(Certificate::from_pem(&read)?);
    }
    Ok(parameters.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics inside the TLS library if it has no provider of cryptography, or two.
    #[test]
    fn a_relay_can_be_reached_with_tls() {
        for (tls, port) in [(Tls::Tls, 465), (Tls::Starttls, 587), (Tls::None, 25)] {
            let config = MailConfig {
                host: "mail.example.org".to_owned(),
                port: None,
                tls,
                user: None,
                password: None,
                ca_file: None,
                from: "Support <support@example.org>".to_owned(),
            };
            let mail = Mail::new(&config).expect("can be set up");
            assert_eq!(mail.port, port);
            assert_eq!(mail.parameters.is_some(), tls != Tls::None);
        }
    }
}
