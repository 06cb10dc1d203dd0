//! The words of columns and answers for the domain's small enums.

use docket_domain::catalogue::EntryKind;
use docket_domain::command::{Awaiting, Channel, Origin, Priority, Relation, Visibility};
use docket_domain::consultant::Availability;
use docket_domain::customer::NotificationChannel;
use docket_domain::ticket::{Assignment, StatusName};
use jiff::civil::Weekday;

pub(crate) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "web",
        Channel::Phone => "phone",
        Channel::Store => "store",
        Channel::Mail => "mail",
        Channel::Api => "api",
        Channel::Import => "import",
    }
}

pub(crate) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Import => "import",
    }
}

pub(crate) const fn awaiting(awaiting: Awaiting) -> &'static str {
    match awaiting {
        Awaiting::Customer => "customer",
        Awaiting::Vendor => "vendor",
        Awaiting::Parts => "parts",
        Awaiting::Evidence => "evidence",
        Awaiting::Other => "other",
    }
}

pub(crate) const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
    }
}

pub(crate) const fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Related => "related",
        Relation::Duplicates => "duplicates",
        Relation::ChildOf => "child_of",
        Relation::CausedBy => "caused_by",
    }
}

/// The status of a ticket that is with `assignment`.
pub(crate) const fn status(assignment: Assignment) -> StatusName {
    match assignment {
        Assignment::Nobody => StatusName::Open,
        Assignment::Assigned(_) => StatusName::Assigned,
        Assignment::InProgress(_) => StatusName::InProgress,
    }
}

/// The rank that sorts; its name is in [`PRIORITIES`](super::row::PRIORITIES).
pub(crate) const fn rank(priority: Priority) -> i16 {
    match priority {
        Priority::Low => 0,
        Priority::Moderate => 1,
        Priority::High => 2,
        Priority::Critical => 3,
    }
}

pub(crate) const fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Available => "available",
        Availability::Busy => "busy",
        Availability::Away => "away",
    }
}

pub(crate) const fn weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

pub(crate) const fn notification(channel: NotificationChannel) -> &'static str {
    match channel {
        NotificationChannel::Email => "email",
        NotificationChannel::Sms => "sms",
        NotificationChannel::None => "none",
    }
}

pub(crate) const fn entry_kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Category => "category",
        EntryKind::Skill => "skill",
        EntryKind::Store => "store",
        EntryKind::Area => "area",
        EntryKind::Holiday => "holiday",
    }
}
