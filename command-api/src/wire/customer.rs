//! Bodies of customers' commands, made commands.

use docket_domain::customer::{
    ContactChange, CustomerCommand, CustomerCommandName, Email, NotificationChannel, Phone,
    Preferences, PreferencesChange, Registration,
};
use docket_domain::ids::PersonId;
use docket_domain::text::Personal;

use super::bodies::customer::{ContactBody, PreferencesBody, RegisterCustomerBody};
use super::check::Check;
use super::command::{Read, Reading, just};
use super::whose::Whose;

/// Reads the body of the named command about that customer.
pub(super) fn body_of(
    name: CustomerCommandName,
    from: Reading<'_>,
    id: PersonId,
    issuer: &str,
) -> Read {
    match name {
        CustomerCommandName::Register => from.read(|body, check| register(body, id, issuer, check)),
        CustomerCommandName::ChangeContact => from.read(contact),
        CustomerCommandName::ChangePreferences => from.read(preferences),
        CustomerCommandName::Erase => from.read(just(CustomerCommand::Erase)),
    }
}

fn register(
    body: RegisterCustomerBody,
    id: PersonId,
    issuer: &str,
    check: &mut Check,
) -> Option<CustomerCommand> {
    let whose = Whose {
        id: body.id,
        subject: body.subject,
        issuer: body.issuer,
    };
    whose.expect(id, issuer, check);
    let name = check.required_text("name", body.name);
    let phone = phone(body.phone, check);
    let email = email(body.email, check);
    let channel = body.channel.map_or_else(
        || match (&email, &phone) {
            (Some(_), _) => NotificationChannel::Email,
            (None, Some(_)) => NotificationChannel::Sms,
            (None, None) => NotificationChannel::None,
        },
        Into::into,
    );
    let language = check.text("language", body.language);
    Some(CustomerCommand::Register(Box::new(Registration {
        name: Personal::Known(name?),
        phone,
        email,
        preferences: Preferences {
            channel,
            language,
            consultant: body.consultant.map(PersonId),
            surveys: body.surveys.unwrap_or(true),
        },
    })))
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours")]
fn contact(body: ContactBody, check: &mut Check) -> Option<CustomerCommand> {
    let change = ContactChange {
        name: check.personal("name", body.name),
        phone: body.phone.map(|given| phone(given, check)),
        email: body.email.map(|given| email(given, check)),
    };
    Some(CustomerCommand::ChangeContact(Box::new(change)))
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours")]
fn preferences(body: PreferencesBody, check: &mut Check) -> Option<CustomerCommand> {
    Some(CustomerCommand::ChangePreferences(PreferencesChange {
        channel: body.channel.map(Into::into),
        language: body.language.map(|given| check.text("language", given)),
        consultant: body.consultant.map(|given| given.map(PersonId)),
        surveys: body.surveys,
    }))
}

fn phone(given: Option<String>, check: &mut Check) -> Option<Personal<Phone>> {
    check.made("phone", given, Phone::new)
}

fn email(given: Option<String>, check: &mut Check) -> Option<Personal<Email>> {
    check.made("email", given, Email::new)
}
