//! Customers: a row and one event make the next row. Pure.
//!
//! Guarantee: an erasure leaves nothing personal in the row, whatever it held before.

use docket_domain::customer::{
    ContactChange, CustomerEvent, Preferences, PreferencesChange, Registration,
};
use docket_domain::ids::PersonId;
use jiff_sqlx::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::fold::Happening;
use super::personal::personal;
use super::words;
use crate::projector::FoldError;

/// A row of `customer`; the columns' meaning is in the migration.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub(crate) struct CustomerRow {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) consultant: Option<Uuid>,
    pub(crate) surveys: Option<bool>,
    pub(crate) erased: Json<Vec<String>>,
    pub(crate) registered_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) erased_at: Option<Timestamp>,
    pub(crate) partition: i32,
}

/// Applies one event to the row as it was before it (`None`: no event yet).
pub(crate) fn apply(
    before: Option<&CustomerRow>,
    customer: PersonId,
    event: &CustomerEvent,
    happening: &Happening,
) -> Result<CustomerRow, FoldError> {
    match (before, event) {
        (None, CustomerEvent::Registered(registration)) => {
            Ok(registered(customer, registration, happening))
        }
        (None, _) => Err(FoldError::NotRegistered),
        (Some(before), _) if before.erased_at.is_some() => Err(FoldError::Gone),
        (Some(_), CustomerEvent::Registered(_)) => Err(FoldError::RegisteredTwice),
        (Some(before), _) => {
            let mut row = before.clone();
            row.version += 1;
            row.updated_at = row.updated_at.max(happening.occurred_at);
            change(&mut row, event);
            Ok(row)
        }
    }
}

fn registered(
    customer: PersonId,
    registration: &Registration,
    happening: &Happening,
) -> CustomerRow {
    let Registration {
        name,
        phone,
        email,
        preferences,
    } = registration;
    let Preferences {
        channel,
        language,
        consultant,
        surveys,
    } = preferences;
    let mut row = CustomerRow {
        id: customer.0,
        version: 1,
        name: None,
        phone: None,
        email: None,
        channel: Some(words::notification(*channel).to_owned()),
        language: language.as_ref().map(ToString::to_string),
        consultant: consultant.map(|consultant| consultant.0),
        surveys: Some(*surveys),
        erased: Json(Vec::new()),
        registered_at: happening.occurred_at,
        updated_at: happening.occurred_at,
        erased_at: None,
        partition: happening.partition,
    };
    let contact = ContactChange {
        name: Some(name.clone()),
        phone: Some(phone.clone()),
        email: Some(email.clone()),
    };
    change_contact(&mut row, &contact);
    row
}

fn change(row: &mut CustomerRow, event: &CustomerEvent) {
    match event {
        // The caller sees to it.
        CustomerEvent::Registered(_) => {}
        CustomerEvent::ContactChanged(change) => change_contact(row, change),
        CustomerEvent::PreferencesChanged(change) => change_preferences(row, change),
        CustomerEvent::Erased => erase(row),
    }
}

fn change_contact(row: &mut CustomerRow, change: &ContactChange) {
    let ContactChange { name, phone, email } = change;
    let erased = &mut row.erased.0;
    if let Some(name) = name {
        row.name = personal(erased, "name", Some(name), ToString::to_string);
    }
    if let Some(phone) = phone {
        row.phone = personal(erased, "phone", phone.as_ref(), |phone| {
            phone.as_str().to_owned()
        });
    }
    if let Some(email) = email {
        row.email = personal(erased, "email", email.as_ref(), |email| {
            email.as_str().to_owned()
        });
    }
}

fn change_preferences(row: &mut CustomerRow, change: &PreferencesChange) {
    let PreferencesChange {
        channel,
        language,
        consultant,
        surveys,
    } = change;
    if let Some(channel) = channel {
        row.channel = Some(words::notification(*channel).to_owned());
    }
    if let Some(language) = language {
        row.language = language.as_ref().map(ToString::to_string);
    }
    if let Some(consultant) = consultant {
        row.consultant = consultant.map(|consultant| consultant.0);
    }
    if let Some(surveys) = surveys {
        row.surveys = Some(*surveys);
    }
}

/// What was there is named, as it is where a key was destroyed: a view that is rebuilt afterwards,
/// from a log that can't be read any more, is the same.
fn erase(row: &mut CustomerRow) {
    let fields = [
        ("email", row.email.take()),
        ("name", row.name.take()),
        ("phone", row.phone.take()),
    ];
    let were = fields.into_iter().filter(|(_, value)| value.is_some());
    row.erased.0.extend(were.map(|(field, _)| field.to_owned()));
    row.erased.0.sort_unstable();
    row.channel = None;
    row.language = None;
    row.consultant = None;
    row.surveys = None;
    row.erased_at = Some(row.updated_at);
}
