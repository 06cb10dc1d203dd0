//! How a customer's state looks in a snapshot file.

use docket_domain::History;
use docket_domain::customer::{Customer, CustomerState, NotificationChannel, Preferences};
use docket_domain::ticket::Digest;
use serde::{Deserialize, Serialize};

use super::history::HistoryRow;
use super::{Id, Odd, label, person, person_id, text};

#[derive(Serialize, Deserialize)]
pub(in super::super) enum CustomerRow {
    Unregistered,
    Registered(RegisteredRow),
    Erased(HistoryRow),
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct RegisteredRow {
    history: HistoryRow,
    name: u64,
    phone: Option<u64>,
    email: Option<u64>,
    channel: ChannelRow,
    language: Option<Box<str>>,
    consultant: Option<Id>,
    surveys: bool,
}

words! {
    ChannelRow = NotificationChannel { Email, Sms, None }
}

impl From<&Customer> for CustomerRow {
    fn from(customer: &Customer) -> Self {
        match customer {
            Customer::Unregistered => Self::Unregistered,
            Customer::Registered(state) => Self::Registered((&**state).into()),
            Customer::Erased(history) => Self::Erased((**history).into()),
        }
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = Odd;

    fn try_from(row: CustomerRow) -> Result<Self, Odd> {
        Ok(match row {
            CustomerRow::Unregistered => Self::Unregistered,
            CustomerRow::Registered(row) => Self::Registered(Box::new(row.try_into()?)),
            CustomerRow::Erased(row) => Self::Erased(Box::new(History::try_from(row)?)),
        })
    }
}

impl From<&CustomerState> for RegisteredRow {
    fn from(state: &CustomerState) -> Self {
        // Every field by name: a new one must be put somewhere.
        let CustomerState {
            history,
            name,
            phone,
            email,
            preferences,
        } = state;
        let Preferences {
            channel,
            language,
            consultant,
            surveys,
        } = preferences;
        Self {
            history: (*history).into(),
            name: name.0,
            phone: phone.map(|digest| digest.0),
            email: email.map(|digest| digest.0),
            channel: (*channel).into(),
            language: language.as_ref().map(text),
            consultant: consultant.map(person_id),
            surveys: *surveys,
        }
    }
}

impl TryFrom<RegisteredRow> for CustomerState {
    type Error = Odd;

    fn try_from(row: RegisteredRow) -> Result<Self, Odd> {
        Ok(Self {
            history: row.history.try_into()?,
            name: Digest(row.name),
            phone: row.phone.map(Digest),
            email: row.email.map(Digest),
            preferences: Preferences {
                channel: row.channel.into(),
                language: row.language.map(label).transpose()?,
                consultant: row.consultant.map(person),
                surveys: row.surveys,
            },
        })
    }
}
