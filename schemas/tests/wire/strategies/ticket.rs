//! A ticket's events.

use docket_domain::command::{
    Amendment, Awaiting, Caller, Channel, Customer, OpenTicket, Part, Priority, Relation,
    Visibility,
};
use docket_domain::ids::{CommentId, TicketId, WorkId};
use docket_domain::{Assignment, TicketEvent, TicketNumber};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{decision, person, personal, place, text, time, uuid};

fn customer() -> impl Strategy<Value = Customer> {
    let caller = (text(), of(text()), of(text())).prop_map(|(name, phone, email)| Caller {
        name,
        phone,
        email,
    });
    prop_oneof![
        person().prop_map(Customer::Registered),
        personal(caller).prop_map(Customer::Unregistered),
    ]
}

fn priority() -> impl Strategy<Value = Priority> {
    select(vec![
        Priority::Low,
        Priority::Moderate,
        Priority::High,
        Priority::Critical,
    ])
}

fn channel() -> impl Strategy<Value = Channel> {
    select(vec![
        Channel::Web,
        Channel::Phone,
        Channel::Store,
        Channel::Mail,
        Channel::Api,
        Channel::Import,
    ])
}

fn opened() -> impl Strategy<Value = OpenTicket> {
    let who = (any::<u64>(), customer(), channel(), of(text()), of(text()));
    let what = (personal(text()), of(personal(text())), of(text()));
    let how = (vec(text(), 0..4), priority(), of(personal(place())));
    let more = (of(text()), btree_map(text(), text(), 0..4));
    (who, what, how, more).prop_map(|(who, what, how, more)| OpenTicket {
        number: TicketNumber::from_value(who.0),
        customer: who.1,
        channel: who.2,
        store: who.3,
        team: who.4,
        subject: what.0,
        description: what.1,
        category: what.2,
        skills: how.0,
        priority: how.1,
        place: how.2,
        language: more.0,
        fields: more.1,
    })
}

fn amended() -> impl Strategy<Value = Amendment> {
    let what = (
        of(personal(text())),
        of(of(personal(text()))),
        of(of(text())),
    );
    let how = (of(vec(text(), 0..4)), of(priority()));
    let more = (
        of(of(personal(place()))),
        btree_map(text(), of(text()), 0..4),
    );
    (what, how, more).prop_map(|(what, how, more)| Amendment {
        subject: what.0,
        description: what.1,
        category: what.2,
        skills: how.0,
        priority: how.1,
        place: more.0,
        fields: more.1,
    })
}

fn assignment() -> impl Strategy<Value = Assignment> {
    prop_oneof![
        Just(Assignment::Nobody),
        person().prop_map(Assignment::Assigned),
        person().prop_map(Assignment::InProgress),
    ]
}

fn assignment_event() -> impl Strategy<Value = TicketEvent> {
    prop_oneof![
        decision::assigned(),
        person().prop_map(|consultant| TicketEvent::Accepted { consultant }),
        (person(), text())
            .prop_map(|(consultant, reason)| TicketEvent::Declined { consultant, reason }),
        (person(), text())
            .prop_map(|(consultant, reason)| TicketEvent::Unassigned { consultant, reason }),
        (text(), of(text())).prop_map(|(team, reason)| TicketEvent::Transferred { team, reason }),
    ]
}

fn progress_event() -> impl Strategy<Value = TicketEvent> {
    let awaiting = select(vec![
        Awaiting::Customer,
        Awaiting::Vendor,
        Awaiting::Parts,
        Awaiting::Evidence,
        Awaiting::Other,
    ]);
    prop_oneof![
        (awaiting, of(personal(text())))
            .prop_map(|(awaiting, note)| TicketEvent::Held { awaiting, note }),
        assignment().prop_map(|to| TicketEvent::Resumed { to }),
        (text(), of(personal(text())))
            .prop_map(|(code, note)| TicketEvent::Resolved { code, note }),
        time().prop_map(|reopen_until| TicketEvent::Closed { reopen_until }),
        (text(), assignment()).prop_map(|(reason, to)| TicketEvent::Reopened { reason, to }),
        text().prop_map(|reason| TicketEvent::Cancelled { reason }),
    ]
}

fn other_event() -> impl Strategy<Value = TicketEvent> {
    let visibility = select(vec![Visibility::Public, Visibility::Internal]);
    let relation = select(vec![
        Relation::Related,
        Relation::Duplicates,
        Relation::ChildOf,
        Relation::CausedBy,
    ]);
    let part = (text(), any::<u32>()).prop_map(|(name, quantity)| Part { name, quantity });
    prop_oneof![
        (uuid(), visibility, personal(text())).prop_map(|(comment, visibility, text)| {
            TicketEvent::CommentAdded {
                comment: CommentId(comment),
                visibility,
                text,
            }
        }),
        (uuid(), relation).prop_map(|(other, relation)| TicketEvent::Linked {
            other: TicketId(other),
            relation,
        }),
        Just(TicketEvent::TravelStarted),
        Just(TicketEvent::Arrived),
        (uuid(), any::<u32>(), vec(part, 0..4)).prop_map(|(work, minutes, parts)| {
            TicketEvent::WorkLogged {
                work: WorkId(work),
                minutes,
                parts,
            }
        }),
    ]
}

pub(super) fn event() -> impl Strategy<Value = TicketEvent> {
    prop_oneof![
        3 => opened().prop_map(|ticket| TicketEvent::Opened(ticket.into())),
        3 => amended().prop_map(|amendment| TicketEvent::Amended(amendment.into())),
        2 => assignment_event(),
        2 => progress_event(),
        2 => other_event(),
    ]
}
