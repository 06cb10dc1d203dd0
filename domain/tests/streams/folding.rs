//! Folding is total: whatever lies in the log folds, in whatever order, the same way everywhere.

use docket_domain::catalogue::{Catalogue, CatalogueEvent, Entry, Key};
use docket_domain::consultant::{Consultant, ConsultantEvent, Profile};
use docket_domain::customer::{Customer, CustomerEvent};
use docket_domain::ids::TicketId;
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::{Ticket, TicketEvent};
use uuid::Uuid;

use crate::scenarios::{
    ANNA, CATALOGUE, CONSULTANT, CUSTOMER, available, erased_customer, profile,
    registered_consultant, registered_customer, registration, retired_consultant, text,
};
use crate::story::given;

#[test]
fn before_they_are_registered_nothing_is_known_of_them() {
    let consultant = [
        ConsultantEvent::AvailabilityChanged(Box::new(available())),
        ConsultantEvent::Retired,
    ];
    let story = given(CONSULTANT, consultant);
    assert_eq!(
        story.aggregate,
        Aggregate::Consultant(Consultant::Unregistered)
    );
    let story = given(CUSTOMER, [CustomerEvent::Erased]);
    assert_eq!(story.aggregate, Aggregate::Customer(Customer::Unregistered));
    assert_eq!(story.aggregate.version(), 0);
}

#[test]
fn a_second_registration_only_counts() {
    let mut history = registered_consultant();
    history.push(ConsultantEvent::Registered(Box::new(Profile {
        capacity: 99,
        ..profile()
    })));
    match given(CONSULTANT, history).aggregate {
        Aggregate::Consultant(Consultant::Registered(state)) => {
            assert_eq!((state.history.version, state.capacity), (2, 3));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_told_of_the_retired_and_the_erased_only_counts() {
    let mut history = retired_consultant();
    history.push(ConsultantEvent::AvailabilityChanged(Box::new(available())));
    history.push(ConsultantEvent::Retired);
    let story = given(CONSULTANT, history);
    assert!(matches!(
        story.aggregate,
        Aggregate::Consultant(Consultant::Retired(history)) if history.version == 4
    ));
    let mut history = erased_customer();
    history.push(CustomerEvent::Registered(Box::new(registration())));
    let story = given(CUSTOMER, history);
    assert!(matches!(
        story.aggregate,
        Aggregate::Customer(Customer::Erased(history)) if history.version == 3
    ));
}

#[test]
fn what_never_was_in_the_catalogue_can_have_been_removed() {
    let area = Entry::Area {
        name: text("Hamburg"),
    };
    let story = given(
        CATALOGUE,
        [
            CatalogueEvent::Removed(Key::Area(text("Bremen"))),
            CatalogueEvent::Put(Box::new(area.clone())),
        ],
    );
    let Aggregate::Catalogue(catalogue) = story.aggregate else {
        panic!("{:?}", story.aggregate)
    };
    assert_eq!(catalogue.history.version, 2);
    assert_eq!(catalogue.entries, [(area.key(), area)].into());
}

#[test]
fn events_of_another_kind_change_nothing() {
    let events: [Event; 4] = [
        TicketEvent::Assigned {
            consultant: ANNA,
            decision: None,
        }
        .into(),
        ConsultantEvent::Registered(Box::new(profile())).into(),
        CustomerEvent::Registered(Box::new(registration())).into(),
        CatalogueEvent::Removed(Key::Area(text("Hamburg"))).into(),
    ];
    let ticket = StreamId::Ticket(TicketId(Uuid::from_u128(1)));
    for (own, id) in [ticket, CONSULTANT, CUSTOMER, CATALOGUE]
        .into_iter()
        .enumerate()
    {
        let others = events.iter().enumerate().filter(|(n, _)| *n != own);
        let story = given(id, others.map(|(_, event)| event.clone()));
        assert_eq!(story.aggregate, Aggregate::initial(id));
    }
    assert_eq!(
        Aggregate::initial(ticket),
        Aggregate::Ticket(Ticket::Unopened)
    );
    assert_eq!(
        Aggregate::initial(CATALOGUE),
        Aggregate::Catalogue(Box::<Catalogue>::default())
    );
}

#[test]
fn whoever_is_gone_leaves_nothing_but_counts() {
    // No digest of a name or number outlasts its owner.
    let gone = given(CUSTOMER, erased_customer()).aggregate;
    assert!(matches!(gone, Aggregate::Customer(Customer::Erased(_))));
    let known = given(CUSTOMER, registered_customer()).aggregate;
    assert!(format!("{known:?}").contains("Digest"));
    assert!(!format!("{gone:?}").contains("Digest"));
    let retired = given(CONSULTANT, retired_consultant()).aggregate;
    assert!(!format!("{retired:?}").contains("Digest"));
}

#[test]
fn a_stream_costs_little_more_than_its_state() {
    assert!(size_of::<Aggregate>() <= 24, "{}", size_of::<Aggregate>());
}
