//! A customer's events.

use docket_domain::customer::{
    ContactChange, CustomerEvent, Email, NotificationChannel, Phone, Preferences,
    PreferencesChange, Registration,
};
use docket_domain::text::Personal;

use super::{known, person, t};

fn phone() -> Personal<Phone> {
    Personal::Known(Phone::new("+49 (30) 123-456").unwrap())
}

fn email() -> Personal<Email> {
    Personal::Known(Email::new("carla@example.org").unwrap())
}

fn registration() -> Registration {
    Registration {
        name: known("Carla \"C.\" Müller"),
        phone: Some(phone()),
        email: Some(email()),
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(t("de-DE")),
            consultant: Some(person(2)),
            surveys: true,
        },
    }
}

fn registration_least() -> Registration {
    Registration {
        name: known("Carla"),
        phone: None,
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::None,
            language: None,
            consultant: None,
            surveys: false,
        },
    }
}

fn registration_erased() -> Registration {
    Registration {
        name: Personal::Erased,
        phone: Some(Personal::Erased),
        email: Some(Personal::Erased),
        ..registration_least()
    }
}

pub(super) fn events() -> Vec<(&'static str, CustomerEvent)> {
    let contact = ContactChange {
        name: Some(known("Carla Schmidt")),
        phone: Some(Some(phone())),
        email: Some(Some(email())),
    };
    let contact_removals = ContactChange {
        name: Some(Personal::Erased),
        phone: Some(None),
        email: Some(None),
    };
    vec![
        (
            "docket.customer.registered.v1",
            CustomerEvent::Registered(registration().into()),
        ),
        (
            "docket.customer.registered.v1.least",
            CustomerEvent::Registered(registration_least().into()),
        ),
        (
            "docket.customer.registered.v1.erased",
            CustomerEvent::Registered(registration_erased().into()),
        ),
        (
            "docket.customer.contact_changed.v1",
            CustomerEvent::ContactChanged(contact.into()),
        ),
        (
            "docket.customer.contact_changed.v1.removals",
            CustomerEvent::ContactChanged(contact_removals.into()),
        ),
        (
            "docket.customer.preferences_changed.v1",
            CustomerEvent::PreferencesChanged(PreferencesChange {
                channel: Some(NotificationChannel::Email),
                language: Some(Some(t("sv"))),
                consultant: Some(Some(person(2))),
                surveys: Some(true),
            }),
        ),
        (
            "docket.customer.preferences_changed.v1.removals",
            CustomerEvent::PreferencesChanged(PreferencesChange {
                channel: None,
                language: Some(None),
                consultant: Some(None),
                surveys: Some(false),
            }),
        ),
        ("docket.customer.erased.v1", CustomerEvent::Erased),
    ]
}
