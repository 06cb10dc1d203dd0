//! What an event makes of a customer.

use super::command::{ContactChange, PreferencesChange, Registration};
use super::event::CustomerEvent;
use super::state::{Customer, CustomerState};
use crate::event::EventContext;
use crate::history::History;
use crate::ticket::Digest;

/// The customer after the event. Never panics and never refuses: what lies in the log has
/// happened. Of events that [`decide`](super::decide()) can't have written, those before
/// `Registered` change nothing, and those out of order or after `Erased` only count.
pub fn evolve(customer: Customer, context: &EventContext, event: &CustomerEvent) -> Customer {
    let history = customer.history().and(context);
    match (customer, event) {
        (Customer::Unregistered, CustomerEvent::Registered(registration)) => {
            Customer::Registered(Box::new(registered(history, registration)))
        }
        (Customer::Unregistered, _) => Customer::Unregistered,
        (Customer::Erased(_), _) | (Customer::Registered(_), CustomerEvent::Erased) => {
            Customer::Erased(Box::new(history))
        }
        (Customer::Registered(mut state), _) => {
            state.history = history;
            apply(&mut state, event);
            Customer::Registered(state)
        }
    }
}

fn registered(history: History, registration: &Registration) -> CustomerState {
    let Registration {
        name,
        phone,
        email,
        preferences,
    } = registration;
    CustomerState {
        history,
        name: Digest::from(name),
        phone: phone.as_ref().map(Digest::from),
        email: email.as_ref().map(Digest::from),
        preferences: preferences.clone(),
    }
}

fn apply(state: &mut CustomerState, event: &CustomerEvent) {
    match event {
        CustomerEvent::Registered(_) | CustomerEvent::Erased => {}
        CustomerEvent::ContactChanged(change) => change_contact(state, change),
        CustomerEvent::PreferencesChanged(change) => change_preferences(state, change),
    }
}

fn change_contact(state: &mut CustomerState, change: &ContactChange) {
    let ContactChange { name, phone, email } = change;
    if let Some(name) = name {
        state.name = Digest::from(name);
    }
    if let Some(phone) = phone {
        state.phone = phone.as_ref().map(Digest::from);
    }
    if let Some(email) = email {
        state.email = email.as_ref().map(Digest::from);
    }
}

fn change_preferences(state: &mut CustomerState, change: &PreferencesChange) {
    let PreferencesChange {
        channel,
        language,
        consultant,
        surveys,
    } = change;
    let preferences = &mut state.preferences;
    if let Some(channel) = channel {
        preferences.channel = *channel;
    }
    if let Some(language) = language {
        preferences.language.clone_from(language);
    }
    if let Some(consultant) = consultant {
        preferences.consultant = *consultant;
    }
    if let Some(surveys) = surveys {
        preferences.surveys = *surveys;
    }
}
