//! The closed vocabularies of released events, apart from the domain's enums: a word that the
//! domain gains doesn't compile here until somebody has thought about the version it belongs to.

use docket_domain::{command, consultant, customer, survey};
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($wire:ident = $domain:path { $($word:ident),+ })+) => {
        $(
            #[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
            #[serde(rename_all = "snake_case")]
            pub(crate) enum $wire { $($word),+ }

            impl From<$domain> for $wire {
                fn from(word: $domain) -> Self {
                    type Domain = $domain;
                    match word { $(Domain::$word => Self::$word),+ }
                }
            }

            impl From<$wire> for $domain {
                fn from(word: $wire) -> Self {
                    match word { $($wire::$word => Self::$word),+ }
                }
            }
        )+
    };
}

words! {
    ChannelV1 = command::Channel { Web, Phone, Store, Mail, Api, Import }
    PriorityV1 = command::Priority { Low, Moderate, High, Critical }
    AwaitingV1 = command::Awaiting { Customer, Vendor, Parts, Evidence, Other }
    VisibilityV1 = command::Visibility { Public, Internal }
    RelationV1 = command::Relation { Related, Duplicates, ChildOf, CausedBy }
    AvailabilityV1 = consultant::Availability { Available, Busy, Away }
    WeekdayV1 = civil::Weekday {
        Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday
    }
    AskedByV1 = survey::AskedBy { Email, Sms }
    NotificationChannelV1 = customer::NotificationChannel { Email, Sms, None }
}
