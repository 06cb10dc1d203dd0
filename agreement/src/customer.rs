//! Customers, as the read model has them; and what of them the outbox needs as well.

use docket_domain::customer::{Customer, CustomerEvent, Email, NotificationChannel, Phone};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::text::{Label, Personal};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fold::Expected;
use crate::history::{History, Past};
use crate::words::{erased, is_erased, known, label, word};

/// How a customer is reached and wants to be served, by what was said last.
pub(crate) struct Said<'a> {
    name: &'a Personal<Label>,
    phone: Option<&'a Personal<Phone>>,
    email: Option<&'a Personal<Email>>,
    pub(crate) channel: NotificationChannel,
    pub(crate) language: Option<&'a Label>,
    consultant: Option<uuid::Uuid>,
    pub(crate) surveys: bool,
}

impl<'a> Said<'a> {
    pub(crate) fn of(past: Past<'a>) -> Self {
        macro_rules! contact {
            ($field:ident) => {
                past.latest(|event| match event {
                    Event::Customer(CustomerEvent::Registered(first)) => Some(&first.$field),
                    Event::Customer(CustomerEvent::ContactChanged(change)) => {
                        change.$field.as_ref()
                    }
                    _ => None,
                })
                .expect("a registration says it")
            };
        }
        macro_rules! preference {
            ($field:ident) => {
                past.latest(|event| match event {
                    Event::Customer(CustomerEvent::Registered(first)) => {
                        Some(&first.preferences.$field)
                    }
                    Event::Customer(CustomerEvent::PreferencesChanged(change)) => {
                        change.$field.as_ref()
                    }
                    _ => None,
                })
                .expect("a registration says it")
            };
        }
        Self {
            name: contact!(name),
            phone: contact!(phone).as_ref(),
            email: contact!(email).as_ref(),
            channel: *preference!(channel),
            language: preference!(language).as_ref(),
            consultant: preference!(consultant).map(|it| it.0),
            surveys: *preference!(surveys),
        }
    }

    /// Name, telephone number and address, as far as they are known.
    pub(crate) fn contact(&self) -> [(&'static str, Value); 3] {
        [
            ("name", known(Some(self.name), |it| json!(it.as_str()))),
            ("phone", known(self.phone, |it| json!(it.as_str()))),
            ("email", known(self.email, |it| json!(it.as_str()))),
        ]
    }
}

/// Whether they had to be forgotten.
pub(crate) fn is_forgotten(past: Past<'_>) -> bool {
    matches!(past.state(), Aggregate::Customer(Customer::Erased(_)))
}

/// The customer of this stream, if they had to be.
pub(crate) fn forgotten(history: &History) -> Option<Uuid> {
    match history.id {
        StreamId::Customer(id) => is_forgotten(history.now()).then_some(id.0),
        _ => None,
    }
}

pub(crate) fn rows(history: &History, expected: &mut Expected) {
    let StreamId::Customer(id) = history.id else {
        return;
    };
    let past = history.now();
    let said = Said::of(past);
    let gone = is_forgotten(past);
    let unless_gone = |value: Value| if gone { Value::Null } else { value };
    let [(_, name), (_, phone), (_, email)] = said.contact();
    let erased = erased(&[
        ("name", gone || is_erased(Some(said.name))),
        (
            "phone",
            gone && said.phone.is_some() || is_erased(said.phone),
        ),
        (
            "email",
            gone && said.email.is_some() || is_erased(said.email),
        ),
    ]);
    expected.row(
        "customer",
        json!({
            "id": id.0,
            "version": past.version(),
            "name": unless_gone(name),
            "phone": unless_gone(phone),
            "email": unless_gone(email),
            "channel": unless_gone(json!(word(said.channel))),
            "language": unless_gone(label(said.language)),
            "consultant": unless_gone(json!(said.consultant)),
            "surveys": unless_gone(json!(said.surveys)),
            "erased": erased,
            "registered_at": past.first().occurred_at(),
            "updated_at": past.as_of(),
            "erased_at": if gone { past.as_of() } else { Value::Null },
            "partition": past.first().partition,
        }),
    );
}
