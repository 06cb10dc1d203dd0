//! What becomes of a command about a customer: an event, nothing because it is already so, or a
//! rejection.

use super::command::{
    ContactChange, CustomerCommand, Preferences, PreferencesChange, Registration,
};
use super::event::CustomerEvent;
use super::state::{Customer, CustomerState};
use crate::command::CommandContext;
use crate::decide::Decision;
use crate::rejection::Rejection;
use crate::ticket::Digest;

/// Decides a command that [`authorize`](super::authorize()) let pass.
///
/// In the order of the ticket's [`decide`](crate::decide()): whether there is such a customer;
/// whether the command's source sequence was seen before; version; business time; whether they were
/// erased; whether it is already so. A command that was accepted, sent again, is nothing or a
/// rejection, never a second effect.
pub fn decide(
    customer: &Customer,
    context: &CommandContext,
    command: &CustomerCommand,
) -> Decision<CustomerEvent> {
    match (customer, command) {
        (Customer::Unregistered, CustomerCommand::Register(_))
        | (Customer::Registered(_) | Customer::Erased(_), _) => {}
        (Customer::Unregistered, _) => return Err(Rejection::NotRegistered),
    }
    if !customer.history().takes(context)? {
        return Ok(None);
    }
    match (customer, command) {
        (Customer::Registered(state), _) => decide_registered(state, command),
        (Customer::Unregistered, CustomerCommand::Register(registration)) => {
            Ok(Some(CustomerEvent::Registered(registration.clone())))
        }
        (Customer::Unregistered, _) => Err(Rejection::NotRegistered),
        (Customer::Erased(_), CustomerCommand::Erase) => Ok(None),
        (Customer::Erased(_), _) => Err(Rejection::Erased),
    }
}

fn decide_registered(state: &CustomerState, command: &CustomerCommand) -> Decision<CustomerEvent> {
    match command {
        CustomerCommand::Register(registration) => register_again(state, registration),
        CustomerCommand::ChangeContact(change) => Ok(change_contact(state, change)),
        CustomerCommand::ChangePreferences(change) => Ok(change_preferences(state, change)),
        CustomerCommand::Erase => Ok(Some(CustomerEvent::Erased)),
    }
}

/// Whoever brings people from elsewhere may tell of them again and again. That it says something
/// else isn't taken for a correction: what was noted here since would be lost.
fn register_again(state: &CustomerState, registration: &Registration) -> Decision<CustomerEvent> {
    let Registration {
        name,
        phone,
        email,
        preferences,
    } = registration;
    let same = Digest::from(name) == state.name
        && phone.as_ref().map(Digest::from) == state.phone
        && email.as_ref().map(Digest::from) == state.email
        && *preferences == state.preferences;
    if same {
        Ok(None)
    } else {
        Err(Rejection::AlreadyRegistered)
    }
}

/// Only what really changes is recorded, as of a ticket's amendment.
fn change_contact(state: &CustomerState, change: &ContactChange) -> Option<CustomerEvent> {
    let ContactChange { name, phone, email } = change.clone();
    let changes = ContactChange {
        name: name.filter(|name| Digest::from(name) != state.name),
        phone: phone.filter(|phone| phone.as_ref().map(Digest::from) != state.phone),
        email: email.filter(|email| email.as_ref().map(Digest::from) != state.email),
    };
    if changes == ContactChange::default() {
        return None;
    }
    Some(CustomerEvent::ContactChanged(Box::new(changes)))
}

/// Likewise.
fn change_preferences(state: &CustomerState, change: &PreferencesChange) -> Option<CustomerEvent> {
    let PreferencesChange {
        channel,
        language,
        consultant,
        surveys,
    } = change.clone();
    let now: &Preferences = &state.preferences;
    let changes = PreferencesChange {
        channel: channel.filter(|channel| *channel != now.channel),
        language: language.filter(|language| *language != now.language),
        consultant: consultant.filter(|consultant| *consultant != now.consultant),
        surveys: surveys.filter(|surveys| *surveys != now.surveys),
    };
    if changes == PreferencesChange::default() {
        return None;
    }
    Some(CustomerEvent::PreferencesChanged(changes))
}
