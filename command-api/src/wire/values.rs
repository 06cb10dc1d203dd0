//! The closed sets of words in request bodies.

use docket_domain::command::{Awaiting, Channel, Priority, Relation, Visibility};
use docket_domain::consultant::Availability;
use docket_domain::customer::NotificationChannel;
use docket_domain::survey::AskedBy;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($(#[$doc:meta])* $wire:ident => $domain:ident { $($name:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $wire { $($name),+ }

        impl From<$wire> for $domain {
            fn from(word: $wire) -> Self {
                match word { $($wire::$name => Self::$name),+ }
            }
        }
    };
}

words! {
    /// The way a ticket came in.
    ChannelWord => Channel { Web, Phone, Store, Mail, Api, Import }
}
words! {
    /// How soon somebody must look at it.
    PriorityWord => Priority { Low, Moderate, High, Critical }
}
words! {
    /// What work waits for.
    AwaitingWord => Awaiting { Customer, Vendor, Parts, Evidence, Other }
}
words! {
    /// Who may read a comment.
    VisibilityWord => Visibility { Public, Internal }
}
words! {
    /// What one ticket has to do with another.
    RelationWord => Relation { Related, Duplicates, ChildOf, CausedBy }
}
words! {
    /// Whether a consultant takes tickets.
    AvailabilityWord => Availability { Available, Busy, Away }
}
words! {
    /// A day of the week.
    WeekdayWord => Weekday { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday }
}
words! {
    /// How a customer is told.
    NotificationWord => NotificationChannel { Email, Sms, None }
}
words! {
    /// How a customer is asked how it went.
    AskedByWord => AskedBy { Email, Sms }
}
