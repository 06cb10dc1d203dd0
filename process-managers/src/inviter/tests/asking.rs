//! Who is asked, about what, and when.

use super::*;

#[test]
fn a_customer_is_asked_once_for_each_closing() {
    let mut desk = desk();
    let ticket = closed(&mut desk);
    desk.pass(days(1));
    assert_eq!(asked(&desk), [survey(ticket, 1)]);
    desk.reopen(ticket);
    desk.pass(days(1));
    close(&mut desk, ticket);
    desk.pass(days(100));
    assert_eq!(asked(&desk), [survey(ticket, 1), survey(ticket, 2)]);
}

#[test]
fn nobody_is_asked_as_long_as_a_ticket_is_only_resolved() {
    let mut desk = desk();
    let ticket = of_carla(&mut desk, MANAGER);
    desk.resolve(ticket, MANAGER);
    desk.pass(days(30));
    assert_eq!(asked(&desk), []);
}

#[test]
fn an_invitation_says_all_that_answers_are_counted_by() {
    let mut desk = desk();
    let store = Entry::Store {
        name: text("berlin-mitte"),
        place: None,
        area: Some(text("berlin")),
    };
    let store = CatalogueCommand::Put(Box::new(store));
    desk.tell(StreamId::Catalogue, ADMINISTRATOR, store);
    let ticket = desk.open_by(MANAGER, |open| {
        open.customer = Customer::Registered(CARLA);
        open.store = Some(text("berlin-mitte"));
        open.category = Some(text("tills"));
        open.language = Some(text("de"));
    });
    let transfer = TicketCommand::Transfer {
        team: text("field"),
        reason: None,
    };
    desk.ticket(ticket, MANAGER, transfer);
    let consultant = PersonId(Uuid::from_u128(1));
    let assign = TicketCommand::Assign {
        consultant,
        decision: None,
    };
    desk.ticket(ticket, MANAGER, assign);
    close(&mut desk, ticket);
    let at = desk.now;
    desk.settle();
    let expected = Invitation {
        customer: Some(CARLA),
        channel: AskedBy::Email,
        language: Some(text("de")),
        consultant: Some(consultant),
        team: Some(text("field")),
        category: Some(text("tills")),
        store: Some(text("berlin-mitte")),
        area: Some(text("berlin")),
        expires_at: at + days(14),
    };
    assert_eq!(invitations(&desk), [(survey(ticket, 1), expected)]);
}

#[test]
fn two_at_once_ask_once_and_under_one_key() {
    let mut desk = desk();
    desk.start(inviter());
    let ticket = closed(&mut desk);
    for which in 0..2 {
        desk.deliver(which);
        assert!(desk.step(which));
    }
    let commands = [0, 1].map(|which| Inviter::command(&desk.managers[which].sent[0]));
    assert_eq!(commands[0].key, commands[1].key);
    assert_eq!(commands[0].body, commands[1].body);
    desk.arrive(0, 0);
    desk.arrive(1, 0);
    desk.pass(days(30));
    assert_eq!(asked(&desk), [survey(ticket, 1)]);
}

#[test]
fn one_that_starts_asks_what_was_not_asked_and_nothing_twice() {
    let mut desk = desk();
    let first = closed(&mut desk);
    desk.pass(days(1));
    desk.managers.clear();
    let second = closed(&mut desk);
    desk.now += days(2);
    desk.start(inviter());
    desk.pass(days(30));
    assert_eq!(asked(&desk), [survey(first, 1), survey(second, 1)]);
}

#[test]
fn nobody_is_asked_about_a_closing_of_long_ago() {
    let mut desk = desk();
    desk.managers.clear();
    closed(&mut desk);
    desk.now += days(14);
    let recent = closed(&mut desk);
    desk.now += days(13);
    desk.start(inviter());
    desk.deliver(0);
    desk.step(0);
    let due: Vec<_> = desk.managers[0].sent.iter().map(Ask::due).collect();
    assert_eq!(due, [Due::Invite(survey(recent, 1))]);
}

/// As when the closer was switched on at last.
#[test]
fn nobody_is_asked_about_what_was_solved_long_before_it_was_closed() {
    let mut desk = desk();
    let [old, recent] = [(); 2].map(|()| of_carla(&mut desk, MANAGER));
    desk.resolve(old, MANAGER);
    desk.now += days(1);
    desk.resolve(recent, MANAGER);
    desk.now += days(30);
    desk.close(old, MANAGER);
    desk.close(recent, MANAGER);
    desk.pass(days(1));
    assert_eq!(asked(&desk), [survey(recent, 1)]);
}

#[test]
fn whoever_wants_no_surveys_is_not_asked() {
    let mut desk = desk();
    prefer(&mut desk, no_surveys());
    closed(&mut desk);
    desk.pass(days(30));
    assert_eq!(asked(&desk), []);
    let again = PreferencesChange {
        surveys: Some(true),
        ..PreferencesChange::default()
    };
    prefer(&mut desk, again);
    let ticket = closed(&mut desk);
    desk.settle();
    assert_eq!(asked(&desk), [survey(ticket, 1)]);
}

#[test]
fn whoever_wants_surveys_later_is_not_asked_about_what_was_closed_before() {
    let mut desk = desk();
    prefer(&mut desk, no_surveys());
    let ticket = closed(&mut desk);
    desk.pass(days(7));
    let again = PreferencesChange {
        surveys: Some(true),
        ..PreferencesChange::default()
    };
    prefer(&mut desk, again);
    desk.settle();
    desk.comment(ticket);
    desk.settle();
    desk.start(inviter());
    desk.settle();
    assert_eq!(asked(&desk), []);
}

/// Customers lie in other partitions than their tickets.
#[test]
fn what_a_customer_wanted_before_the_closing_counts_however_late_it_is_read() {
    let mut desk = desk();
    let known = desk.log.len();
    prefer(&mut desk, no_surveys());
    closed(&mut desk);
    let now = desk.now;
    let (registered, since) = desk.log.split_at(known);
    let (preference, ticket) = since.split_first().expect("three and more");
    let mut inviter = inviter();
    let read = |inviter: &mut Inviter, told: &[Told]| {
        for told in told {
            inviter.read(now, told);
        }
    };
    read(&mut inviter, registered);
    inviter.complete_until(now - days(1));
    read(&mut inviter, ticket);
    assert_eq!(inviter.step(now).intents, []);
    read(&mut inviter, std::slice::from_ref(preference));
    inviter.complete_until(now);
    assert_eq!(inviter.step(now).intents, []);
}

#[test]
fn nobody_is_asked_who_cannot_be_reached_or_has_no_account() {
    let mut desk = desk();
    let stranger = desk.open_by(MANAGER, |_| {});
    close(&mut desk, stranger);
    let unknown = PersonId(Uuid::from_u128(1_000));
    let of_unknown = desk.open_by(MANAGER, |open| {
        open.customer = Customer::Registered(unknown);
    });
    close(&mut desk, of_unknown);
    let none = PreferencesChange {
        channel: Some(NotificationChannel::None),
        ..PreferencesChange::default()
    };
    prefer(&mut desk, none);
    closed(&mut desk);
    desk.pass(days(1));
    assert_eq!(asked(&desk), []);
}

#[test]
fn a_customer_is_asked_by_the_way_they_prefer_or_else_by_the_other() {
    let mut desk = desk();
    let by_sms = PreferencesChange {
        channel: Some(NotificationChannel::Sms),
        language: Some(Some(text("fr"))),
        ..PreferencesChange::default()
    };
    prefer(&mut desk, by_sms);
    closed(&mut desk);
    desk.settle();
    for lost in [
        ContactChange {
            phone: Some(None),
            ..ContactChange::default()
        },
        ContactChange {
            email: Some(None),
            ..ContactChange::default()
        },
    ] {
        let lost = CustomerCommand::ChangeContact(Box::new(lost));
        desk.tell(StreamId::Customer(CARLA), MANAGER, lost);
        closed(&mut desk);
        desk.settle();
    }
    let ways: Vec<_> = invitations(&desk)
        .into_iter()
        .map(|(_, it)| (it.channel, it.language))
        .collect();
    let french = Some(text("fr"));
    assert_eq!(
        ways,
        [(AskedBy::Sms, french.clone()), (AskedBy::Email, french)]
    );
}

#[test]
fn whoever_was_erased_is_not_asked() {
    let mut desk = desk();
    let erase = CustomerCommand::Erase;
    desk.tell(StreamId::Customer(CARLA), ADMINISTRATOR, erase);
    closed(&mut desk);
    desk.pass(days(1));
    assert_eq!(asked(&desk), []);
}

#[test]
fn a_number_that_was_erased_reaches_nobody() {
    let mut desk = Desk::empty();
    desk.start(inviter());
    desk.register(CARLA, |registration| {
        registration.email = Some(Personal::Erased);
        registration.phone = None;
    });
    closed(&mut desk);
    desk.pass(days(1));
    assert_eq!(asked(&desk), []);
}

#[test]
fn nobody_is_asked_about_history() {
    let mut desk = desk();
    let [imported, half, finished_here] = [(); 3].map(|()| of_carla(&mut desk, IMPORTER));
    desk.resolve(imported, IMPORTER);
    desk.close(imported, IMPORTER);
    desk.resolve(half, IMPORTER);
    desk.close(half, MANAGER);
    close(&mut desk, finished_here);
    desk.pass(days(30));
    assert_eq!(asked(&desk), [survey(finished_here, 1)]);
}

#[test]
fn what_an_import_closed_and_brought_back_is_asked_about_when_it_is_closed_here() {
    let mut desk = desk();
    let ticket = desk.come_back_by_import(|open| open.customer = Customer::Registered(CARLA));
    close(&mut desk, ticket);
    desk.settle();
    assert_eq!(asked(&desk), [survey(ticket, 2)]);
}

#[test]
fn whoever_has_an_event_that_cannot_be_read_is_not_asked() {
    let mut desk = desk();
    desk.append_unreadable(StreamId::Customer(CARLA));
    closed(&mut desk);
    desk.pass(days(1));
    assert_eq!(asked(&desk), []);
}

#[test]
fn a_ticket_that_comes_back_before_its_customer_was_asked_asks_nobody() {
    let mut desk = desk();
    let ticket = closed(&mut desk);
    desk.reopen(ticket);
    desk.pass(days(1));
    assert_eq!(asked(&desk), []);
    close(&mut desk, ticket);
    desk.settle();
    assert_eq!(asked(&desk), [survey(ticket, 2)]);
}
