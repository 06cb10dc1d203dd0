//! Who a customer is and how to reach them: `registered`, `contact_changed`, `erased`, all v1.
//! Frozen.
#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things in a change"
)]

use std::borrow::Cow;

use docket_domain::customer::{
    ContactChange, CustomerEvent, Email, InvalidEmail, InvalidPhone, Phone, Registration,
};
use docket_domain::text::Personal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::preferences::PreferencesV1;
use crate::fact::{Fact, Invalid, borrowed, present, text};
use crate::personal::PersonalV1;

/// Somebody is a customer.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisteredV1<'a> {
    /// As they are called.
    name: PersonalV1<Cow<'a, str>>,
    /// Where they can be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<PersonalV1<Cow<'a, str>>>,
    /// Where they can be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<PersonalV1<Cow<'a, str>>>,
    /// How they want to be served.
    preferences: PreferencesV1<'a>,
}

/// Who a customer is or how to reach them was corrected. A field that is absent stays as it was;
/// one that is null was taken away.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactChangedV1<'a> {
    /// The new name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "PersonalV1<Cow<'_, str>>")]
    name: Option<PersonalV1<Cow<'a, str>>>,
    /// The new telephone number.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    phone: Option<Option<PersonalV1<Cow<'a, str>>>>,
    /// The new e-mail address.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    email: Option<Option<PersonalV1<Cow<'a, str>>>>,
}

fn phone(phone: Cow<'_, str>) -> Result<Phone, Invalid> {
    Phone::new(phone).map_err(|problem: InvalidPhone| Invalid::new("phone", &problem))
}

fn email(email: Cow<'_, str>) -> Result<Email, Invalid> {
    Email::new(email).map_err(|problem: InvalidEmail| Invalid::new("email", &problem))
}

/// What is dialled or written to, as the wire structs hold it while writing.
fn reached<T: AsRef<str>>(by: Option<&Personal<T>>) -> Option<PersonalV1<Cow<'_, str>>> {
    PersonalV1::of_optional(by, |by| Cow::Borrowed(by.as_ref()))
}

impl<'a> From<&'a Registration> for RegisteredV1<'a> {
    fn from(registration: &'a Registration) -> Self {
        Self {
            name: PersonalV1::of(&registration.name, borrowed),
            phone: reached(registration.phone.as_ref()),
            email: reached(registration.email.as_ref()),
            preferences: (&registration.preferences).into(),
        }
    }
}

impl Fact for RegisteredV1<'_> {
    const TYPE: &'static str = "docket.customer.registered.v1";

    type Event = CustomerEvent;

    fn into_event(self) -> Result<CustomerEvent, Invalid> {
        Ok(CustomerEvent::Registered(Box::new(Registration {
            name: self.name.into_domain(|value| text("name", value))?,
            phone: PersonalV1::into_optional(self.phone, phone)?,
            email: PersonalV1::into_optional(self.email, email)?,
            preferences: self.preferences.into_domain()?,
        })))
    }
}

impl<'a> From<&'a ContactChange> for ContactChangedV1<'a> {
    fn from(change: &'a ContactChange) -> Self {
        let phone = change.phone.as_ref();
        let email = change.email.as_ref();
        Self {
            name: PersonalV1::of_optional(change.name.as_ref(), borrowed),
            phone: phone.map(|phone| reached(phone.as_ref())),
            email: email.map(|email| reached(email.as_ref())),
        }
    }
}

impl Fact for ContactChangedV1<'_> {
    const TYPE: &'static str = "docket.customer.contact_changed.v1";

    type Event = CustomerEvent;

    fn into_event(self) -> Result<CustomerEvent, Invalid> {
        let phone = |value| PersonalV1::into_optional(value, phone);
        let email = |value| PersonalV1::into_optional(value, email);
        Ok(CustomerEvent::ContactChanged(Box::new(ContactChange {
            name: PersonalV1::into_optional(self.name, |value| text("name", value))?,
            phone: self.phone.map(phone).transpose()?,
            email: self.email.map(email).transpose()?,
        })))
    }
}

/// Everything personal of the customer is gone, for good. Whoever keeps any of it must drop it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErasedV1 {}

impl Fact for ErasedV1 {
    const TYPE: &'static str = "docket.customer.erased.v1";

    type Event = CustomerEvent;

    fn into_event(self) -> Result<CustomerEvent, Invalid> {
        Ok(CustomerEvent::Erased)
    }
}
