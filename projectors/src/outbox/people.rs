//! Customers and consultants: a row and one event make the next row. Pure.
//!
//! Guarantee: an erasure leaves nothing personal in the row.

use docket_domain::consultant::ConsultantEvent;
use docket_domain::customer::{
    ContactChange, CustomerEvent, NotificationChannel, PreferencesChange, Registration,
};
use docket_domain::ids::PersonId;
use uuid::Uuid;

use crate::projector::FoldError;

/// A row of `customer`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct CustomerRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) channel: String,
    pub(crate) language: Option<String>,
    pub(crate) surveys: bool,
    pub(crate) erased: bool,
}

/// A row of `consultant`.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct ConsultantRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
}

/// Applies one event to a customer's row as it was before it (`None`: no event yet).
pub(crate) fn customer(
    before: Option<&CustomerRow>,
    id: PersonId,
    event: &CustomerEvent,
) -> Result<CustomerRow, FoldError> {
    match (before, event) {
        (None, CustomerEvent::Registered(registration)) => Ok(registered(id, registration)),
        (None, _) => Err(FoldError::NotRegistered),
        (Some(before), _) if before.erased => Err(FoldError::Gone),
        (Some(_), CustomerEvent::Registered(_)) => Err(FoldError::RegisteredTwice),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            match event {
                CustomerEvent::Registered(_) => {}
                CustomerEvent::ContactChanged(change) => change_contact(&mut row, change),
                CustomerEvent::PreferencesChanged(change) => change_preferences(&mut row, change),
                CustomerEvent::Erased => row = erased(id, row.version),
            }
            Ok(row)
        }
    }
}

fn registered(id: PersonId, registration: &Registration) -> CustomerRow {
    let Registration {
        name,
        phone,
        email,
        preferences,
    } = registration;
    CustomerRow {
        id: id.0,
        version: 1,
        name: name.known().map(ToString::to_string),
        phone: known(phone.as_ref().and_then(|phone| phone.known())),
        email: known(email.as_ref().and_then(|email| email.known())),
        channel: word(preferences.channel).to_owned(),
        language: preferences.language.as_ref().map(ToString::to_string),
        surveys: preferences.surveys,
        erased: false,
    }
}

fn change_contact(row: &mut CustomerRow, change: &ContactChange) {
    let ContactChange { name, phone, email } = change;
    if let Some(name) = name {
        row.name = name.known().map(ToString::to_string);
    }
    if let Some(phone) = phone {
        row.phone = known(phone.as_ref().and_then(|phone| phone.known()));
    }
    if let Some(email) = email {
        row.email = known(email.as_ref().and_then(|email| email.known()));
    }
}

fn change_preferences(row: &mut CustomerRow, change: &PreferencesChange) {
    let PreferencesChange {
        channel,
        language,
        consultant: _,
        surveys,
    } = change;
    if let Some(channel) = channel {
        word(*channel).clone_into(&mut row.channel);
    }
    if let Some(language) = language {
        row.language = language.as_ref().map(ToString::to_string);
    }
    if let Some(surveys) = surveys {
        row.surveys = *surveys;
    }
}

fn erased(id: PersonId, version: i32) -> CustomerRow {
    CustomerRow {
        id: id.0,
        version,
        name: None,
        phone: None,
        email: None,
        channel: word(NotificationChannel::None).to_owned(),
        language: None,
        surveys: false,
        erased: true,
    }
}

fn known<T: AsRef<str>>(value: Option<&T>) -> Option<String> {
    value.map(|value| value.as_ref().to_owned())
}

const fn word(channel: NotificationChannel) -> &'static str {
    match channel {
        NotificationChannel::Email => "email",
        NotificationChannel::Sms => "sms",
        NotificationChannel::None => "none",
    }
}

/// Applies one event to a consultant's row; whether they work is of no interest here.
pub(crate) fn consultant(
    before: Option<&ConsultantRow>,
    id: PersonId,
    event: &ConsultantEvent,
) -> Result<ConsultantRow, FoldError> {
    let name = match (before, event) {
        (_, ConsultantEvent::Registered(profile)) => Some(&profile.name),
        (None, _) => return Err(FoldError::NotRegistered),
        (Some(_), ConsultantEvent::ProfileChanged(change)) => change.name.as_ref(),
        (
            Some(_),
            ConsultantEvent::AvailabilityChanged(_)
            | ConsultantEvent::PlaceChanged { .. }
            | ConsultantEvent::Retired,
        ) => None,
    };
    Ok(ConsultantRow {
        id: id.0,
        version: before.map_or(0, |row| row.version) + 1,
        name: match name {
            Some(name) => name.known().map(ToString::to_string),
            None => before.and_then(|row| row.name.clone()),
        },
    })
}
