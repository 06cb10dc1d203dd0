//! What can be asked of a customer's stream.

use super::contact::{Email, Phone};
use crate::ids::PersonId;
use crate::text::{Label, Personal};

/// A request about a customer that may be refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CustomerCommand {
    /// A new customer.
    Register(Box<Registration>),
    /// Corrects who they are and how to reach them.
    ChangeContact(Box<ContactChange>),
    /// Says how they want to be served.
    ChangePreferences(PreferencesChange),
    /// Everything personal of them is to be gone, for good.
    Erase,
}

/// What a new customer says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// As they are called.
    pub name: Personal<Label>,
    /// Where they can be called.
    pub phone: Option<Personal<Phone>>,
    /// Where they can be written to.
    pub email: Option<Personal<Email>>,
    /// How they want to be served.
    pub preferences: Preferences,
}

/// How a customer wants to be served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preferences {
    /// How they are told about their tickets. A way for which there is no number or address is
    /// remembered: it is used as soon as there is one.
    pub channel: NotificationChannel,
    /// Their language, as a BCP 47 tag.
    pub language: Option<Label>,
    /// Who is to come if possible.
    pub consultant: Option<PersonId>,
    /// Whether they may be asked how it went.
    pub surveys: bool,
}

/// How somebody is notified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NotificationChannel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// Not at all.
    None,
}

/// New values for who a customer is and how to reach them; `None` leaves it as it is, `Some(None)`
/// takes it away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ContactChange {
    /// See [`Registration::name`].
    pub name: Option<Personal<Label>>,
    /// See [`Registration::phone`].
    pub phone: Option<Option<Personal<Phone>>>,
    /// See [`Registration::email`].
    pub email: Option<Option<Personal<Email>>>,
}

/// New values for how a customer wants to be served; `None` leaves it as it is, `Some(None)` takes
/// it away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PreferencesChange {
    /// See [`Preferences::channel`].
    pub channel: Option<NotificationChannel>,
    /// See [`Preferences::language`].
    pub language: Option<Option<Label>>,
    /// See [`Preferences::consultant`].
    pub consultant: Option<Option<PersonId>>,
    /// See [`Preferences::surveys`].
    pub surveys: Option<bool>,
}

/// The commands' names, for tables, refusals and metrics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on CustomerCommand")]
pub enum CustomerCommandName {
    Register,
    ChangeContact,
    ChangePreferences,
    Erase,
}

impl CustomerCommandName {
    /// Every command, for tables and tests.
    pub const ALL: [Self; 4] = [
        Self::Register,
        Self::ChangeContact,
        Self::ChangePreferences,
        Self::Erase,
    ];

    /// The command as it stands in paths and bulk lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ChangeContact => "contact",
            Self::ChangePreferences => "preferences",
            Self::Erase => "erase",
        }
    }

    /// The command of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }
}

impl CustomerCommand {
    /// Its name.
    pub const fn name(&self) -> CustomerCommandName {
        match self {
            Self::Register(_) => CustomerCommandName::Register,
            Self::ChangeContact(_) => CustomerCommandName::ChangeContact,
            Self::ChangePreferences(_) => CustomerCommandName::ChangePreferences,
            Self::Erase => CustomerCommandName::Erase,
        }
    }
}
