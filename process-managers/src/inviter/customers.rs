//! Customers as the inviter must know them: since when they may be asked, and by
//! which way.

use std::collections::HashMap;

use docket_domain::Timestamp;
use docket_domain::customer::{CustomerEvent, NotificationChannel, Preferences};
use docket_domain::ids::PersonId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::AskedBy;
use docket_domain::text::{Label, Personal};

use crate::fact::Fact;

/// All that are there.
#[derive(Debug, Default)]
pub(super) struct Customers(HashMap<PersonId, Customer>);

/// Only that there is a number or an address is kept, not which.
#[derive(Debug)]
struct Customer {
    channel: NotificationChannel,
    phone: bool,
    email: bool,
    language: Option<Label>,
    /// Since when they want to be asked, if they do.
    surveys: Option<Timestamp>,
}

impl Customers {
    pub(super) fn read(&mut self, fact: &Fact, at: Timestamp) {
        let StreamId::Customer(id) = fact.stream else {
            return;
        };
        match &fact.event {
            Some((Event::Customer(event), _)) => self.fold(id, event, at),
            // What can't be read may be that they want to be asked no more.
            _ => drop(self.0.remove(&id)),
        }
    }

    /// How the customer is asked about what was closed then, if they may be, and their language: by
    /// the way they prefer, or by the other one as long as they can't be reached by it, as they are
    /// told of their tickets.
    pub(super) fn asked_by(
        &self,
        id: PersonId,
        closed_at: Timestamp,
    ) -> Option<(AskedBy, Option<&Label>)> {
        let wanted = |customer: &&Customer| customer.surveys.is_some_and(|it| it <= closed_at);
        let customer = self.0.get(&id).filter(wanted)?;
        let mail = customer.email.then_some(AskedBy::Email);
        let sms = customer.phone.then_some(AskedBy::Sms);
        let way = match customer.channel {
            NotificationChannel::Email => mail.or(sms),
            NotificationChannel::Sms => sms.or(mail),
            NotificationChannel::None => None,
        };
        Some((way?, customer.language.as_ref()))
    }

    fn fold(&mut self, id: PersonId, event: &CustomerEvent, at: Timestamp) {
        match event {
            CustomerEvent::Registered(registration) => {
                let Preferences {
                    channel,
                    language,
                    consultant: _,
                    surveys,
                } = registration.preferences.clone();
                let customer = Customer {
                    channel,
                    phone: is_known(registration.phone.as_ref()),
                    email: is_known(registration.email.as_ref()),
                    language,
                    // Whoever comes with the wish always had it.
                    surveys: surveys.then_some(Timestamp::MIN),
                };
                self.0.insert(id, customer);
            }
            CustomerEvent::ContactChanged(change) => {
                let Some(customer) = self.0.get_mut(&id) else {
                    return;
                };
                if let Some(phone) = &change.phone {
                    customer.phone = is_known(phone.as_ref());
                }
                if let Some(email) = &change.email {
                    customer.email = is_known(email.as_ref());
                }
            }
            CustomerEvent::PreferencesChanged(change) => {
                let Some(customer) = self.0.get_mut(&id) else {
                    return;
                };
                if let Some(channel) = change.channel {
                    customer.channel = channel;
                }
                if let Some(language) = &change.language {
                    customer.language.clone_from(language);
                }
                match change.surveys {
                    Some(true) => drop(customer.surveys.get_or_insert(at)),
                    Some(false) => customer.surveys = None,
                    None => {}
                }
            }
            CustomerEvent::Erased => drop(self.0.remove(&id)),
        }
    }
}

fn is_known<T>(contact: Option<&Personal<T>>) -> bool {
    contact.is_some_and(|contact| contact.known().is_some())
}
