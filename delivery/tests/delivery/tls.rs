//! Mail through relays that protect their connections, with certificates of an authority of their own.

use std::path::PathBuf;
use std::sync::Arc;

use docket_delivery::{DeliveryConfig, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::relay::{Manner, Protection, Relay};
use crate::setting::{Setting, deliver, with_relay};
use crate::story::plain;

/// An authority, its certificate in a file, and what a relay of that name shows.
struct Authority {
    directory: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("good");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("signs");
        let authority = Self {
            directory: tempfile::tempdir().expect("a directory"),
            issuer,
        };
        std::fs::write(authority.file(), authority.issuer.pem()).expect("writes");
        authority
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    fn relay_called(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("signs");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate");
        TlsAcceptor::from(Arc::new(config))
    }
}

fn through(config: DeliveryConfig, relay: &Relay, tls: Tls, ca: Option<PathBuf>) -> DeliveryConfig {
    let mut config = with_relay(config, relay.port);
    let mail = config.mail.as_mut().expect("configured");
    "localhost".clone_into(&mut mail.host);
    mail.tls = tls;
    mail.ca_file = ca;
    config
}

#[tokio::test]
async fn a_mail_goes_under_tls_from_the_start_or_after_starttls() {
    let authority = Authority::new();
    let acceptor = authority.relay_called("localhost");
    for (tls, protection) in [
        (Tls::Tls, Protection::FromTheStart(acceptor.clone())),
        (Tls::Starttls, Protection::Starttls(acceptor)),
    ] {
        let mut setting = Setting::new().await;
        let relay = Relay::protected(Manner::Takes, protection).await;
        let config = through(setting.config(), &relay, tls, Some(authority.file()));
        let worker = deliver(config).await;
        setting.happens([plain(1)]).await;
        setting.become_("delivered", 1).await;
        worker.stop().await;
        let mails = relay.received();
        assert_eq!(mails.len(), 1, "{tls:?}");
        assert_eq!(mails[0].to, ["RCPT TO:<rosa@example.com>"]);
    }
}

/// An authority that nobody trusts, a certificate of another host, and no TLS at all where it is asked
/// for: no mail leaves, and it is tried again, since it may be mended.
#[tokio::test]
async fn no_mail_goes_to_a_relay_that_cannot_show_who_it_is() {
    let authority = Authority::new();
    let ours = authority.relay_called("localhost");
    let others = authority.relay_called("other.example");
    let trusted = Some(authority.file());
    for (protection, tls, ca) in [
        (Protection::FromTheStart(ours.clone()), Tls::Tls, None),
        (Protection::Starttls(ours), Tls::Starttls, None),
        (Protection::Starttls(others), Tls::Starttls, trusted.clone()),
        (Protection::None, Tls::Starttls, trusted),
    ] {
        let mut setting = Setting::new().await;
        let relay = Relay::protected(Manner::Takes, protection).await;
        let worker = deliver(through(setting.config(), &relay, tls, ca)).await;
        setting.happens([plain(1)]).await;
        setting.become_("dead", 1).await;
        worker.stop().await;
        assert!(relay.received().is_empty());
        let deliveries = setting.deliveries().await;
        assert_eq!(deliveries[0].2, 4, "the whole schedule");
    }
}
