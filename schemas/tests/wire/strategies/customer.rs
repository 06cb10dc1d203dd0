//! A customer's events.

use docket_domain::customer::{
    ContactChange, CustomerEvent, Email, NotificationChannel, Phone, Preferences,
    PreferencesChange, Registration,
};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{person, personal, text};

fn phone() -> impl Strategy<Value = Phone> {
    "[+(]?[0-9]{3}[0-9 ./()-]{0,10}".prop_map(|phone| Phone::new(phone).unwrap())
}

fn email() -> impl Strategy<Value = Email> {
    "[a-zäöü!#'+/=?^_`{|}~.-]{1,20}@[a-zäöü.-]{1,20}".prop_map(|email| Email::new(email).unwrap())
}

fn channel() -> impl Strategy<Value = NotificationChannel> {
    select(vec![
        NotificationChannel::Email,
        NotificationChannel::Sms,
        NotificationChannel::None,
    ])
}

fn registration() -> impl Strategy<Value = Registration> {
    let preferences = (channel(), of(text()), of(person()), any::<bool>()).prop_map(
        |(channel, language, consultant, surveys)| Preferences {
            channel,
            language,
            consultant,
            surveys,
        },
    );
    let contact = (
        personal(text()),
        of(personal(phone())),
        of(personal(email())),
    );
    (contact, preferences).prop_map(|((name, phone, email), preferences)| Registration {
        name,
        phone,
        email,
        preferences,
    })
}

fn contact_change() -> impl Strategy<Value = ContactChange> {
    let contact = (
        of(personal(text())),
        of(of(personal(phone()))),
        of(of(personal(email()))),
    );
    contact.prop_map(|(name, phone, email)| ContactChange { name, phone, email })
}

fn preferences_change() -> impl Strategy<Value = PreferencesChange> {
    let preferences = (
        of(channel()),
        of(of(text())),
        of(of(person())),
        of(any::<bool>()),
    );
    preferences.prop_map(
        |(channel, language, consultant, surveys)| PreferencesChange {
            channel,
            language,
            consultant,
            surveys,
        },
    )
}

pub(super) fn event() -> impl Strategy<Value = CustomerEvent> {
    prop_oneof![
        registration().prop_map(|it| CustomerEvent::Registered(it.into())),
        contact_change().prop_map(|change| CustomerEvent::ContactChanged(change.into())),
        preferences_change().prop_map(CustomerEvent::PreferencesChanged),
        Just(CustomerEvent::Erased),
    ]
}
