//! What can be configured, and what can't.

use std::collections::BTreeSet;

use super::*;

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

fn with(url: &str, secret: &str) -> DeliveryConfig {
    let endpoint = Endpoint {
        url: url.to_owned(),
        kinds: BTreeSet::new(),
        survey_links: false,
        secrets: vec![Secret(secret.to_owned())],
    };
    let mut config = DeliveryConfig::default();
    config.webhooks.endpoints.insert("crm".to_owned(), endpoint);
    config
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    assert!(with("https://crm.example.org/hook", SECRET).check().is_ok());
    let shared = DeliveryConfig {
        outbox: "delivery".to_owned(),
        ..DeliveryConfig::default()
    };
    let told_of = |kind: &str| {
        let mut config = with("https://crm.example.org/hook", SECRET);
        let endpoint = config.webhooks.endpoints.get_mut("crm");
        endpoint.expect("there").kinds = BTreeSet::from([kind.to_owned()]);
        config
    };
    assert!(told_of("survey.invitation").check().is_ok());
    let asking_at = |page: &str| DeliveryConfig {
        survey_page: Some(page.to_owned()),
        ..DeliveryConfig::default()
    };
    assert!(asking_at("https://example.org/survey").check().is_ok());
    let managed_by = |address: &str| DeliveryConfig {
        managers: BTreeMap::from([("default".to_owned(), address.to_owned())]),
        ..DeliveryConfig::default()
    };
    assert!(managed_by("dispatch@example.org").check().is_ok());
    for bad in [
        with("http://crm.example.org/hook", SECRET),
        with("file:///etc/passwd", SECRET),
        with("crm.example.org", SECRET),
        with("https://crm.example.org", "letmein"),
        shared,
        told_of("ticket.recieved"),
        asking_at("example.org/survey"),
        asking_at("javascript:alert(1)"),
        asking_at("https://example.org/#survey"),
        managed_by("nobody"),
        // A name would be taken for a part of the address when the mail is sent.
        managed_by("Dispatch <dispatch@example.org>"),
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}

#[test]
fn no_error_and_no_log_shows_a_secret() {
    let config = with("crm.example.org", "whsec_letmein");
    let error = config.check().expect_err("no URL").to_string();
    let shown = format!("{config:?} {error}");
    assert!(!shown.contains("letmein"), "{shown}");
}
