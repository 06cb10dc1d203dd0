//! Who is asked how it went, when, and what their answers do.

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::command::Customer;
use docket_domain::customer::{
    ContactChange, CustomerCommand, NotificationChannel, PreferencesChange,
};
use docket_domain::stream::{Command, StreamId};
use docket_domain::survey::{AskedBy, SurveyCommand, SurveyEvent};
use docket_domain::text::Personal;
use docket_domain::{Actor, Role, StatusName, TicketCommand};

use super::*;
use crate::desk::{
    ADMINISTRATOR, CARLA, Desk, IMPORTER, MANAGER, PARTITIONS, REOPEN_WINDOW, Wants, days, text,
};
use crate::inviter::process::Ask;
use crate::manager::Manager as _;

impl Wants for Inviter {
    fn asked(intent: &Ask) -> (StreamId, u32, Command) {
        match intent.due() {
            Due::Invite(survey) => {
                let invitation = intent.invitation().expect("who is asked").clone();
                let command = SurveyCommand::Invite(Box::new(invitation));
                (StreamId::Survey(survey), 0, command.into())
            }
            Due::Reopen(survey, _, version) => {
                let reason = text("a bad score");
                let command = TicketCommand::Reopen { reason };
                (StreamId::Ticket(survey.ticket), version, command.into())
            }
        }
    }
}

const POLICY: InviterConfig = InviterConfig {
    enabled: true,
    answer_within_s: 14 * 86_400,
    resolved_within_s: 30 * 86_400,
    reopen_at_most: Some(2),
};

fn inviter() -> Inviter {
    Inviter::new(&POLICY, PARTITIONS)
}

fn desk() -> Desk<Inviter> {
    let mut desk = Desk::new();
    desk.start(inviter());
    desk.register(CARLA, |_| {});
    desk
}

fn of_carla(desk: &mut Desk<Inviter>, by: Actor) -> TicketId {
    desk.open_by(by, |open| open.customer = Customer::Registered(CARLA))
}

fn closed(desk: &mut Desk<Inviter>) -> TicketId {
    let ticket = of_carla(desk, MANAGER);
    close(desk, ticket);
    ticket
}

fn close(desk: &mut Desk<Inviter>, ticket: TicketId) {
    desk.resolve(ticket, MANAGER);
    desk.close(ticket, MANAGER);
}

fn survey(ticket: TicketId, closing: u32) -> SurveyId {
    SurveyId {
        ticket,
        closing: NonZeroU32::new(closing).unwrap(),
    }
}

/// The invitations that lie in the log, one after the other.
fn invitations(desk: &Desk<Inviter>) -> Vec<(SurveyId, Invitation)> {
    let facts = desk.log.iter().filter_map(|told| told.fact.as_ref());
    facts
        .filter_map(|fact| match (fact.stream, &fact.event) {
            (StreamId::Survey(id), Some((Event::Survey(SurveyEvent::Invited(it)), _))) => {
                Some((id, Invitation::clone(it)))
            }
            _ => None,
        })
        .collect()
}

fn asked(desk: &Desk<Inviter>) -> Vec<SurveyId> {
    invitations(desk).into_iter().map(|(id, _)| id).collect()
}

fn answer(desk: &mut Desk<Inviter>, survey: SurveyId, score: u32) {
    let respondent = Actor {
        id: survey.respondent(),
        role: Role::Customer,
    };
    let score = Score::new(score).unwrap();
    let command = SurveyCommand::Answer { score, text: None };
    desk.tell(StreamId::Survey(survey), respondent, command);
}

fn prefer(desk: &mut Desk<Inviter>, change: PreferencesChange) {
    let command = CustomerCommand::ChangePreferences(change);
    desk.tell(StreamId::Customer(CARLA), MANAGER, command);
}

fn no_surveys() -> PreferencesChange {
    PreferencesChange {
        surveys: Some(false),
        ..PreferencesChange::default()
    }
}

mod asking {
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
        let consultant = docket_domain::ids::PersonId(uuid::Uuid::from_u128(1));
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
        desk.arrive(0);
        desk.arrive(1);
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
        let unknown = docket_domain::ids::PersonId(uuid::Uuid::from_u128(1_000));
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
        let mut desk = Desk::new();
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
}

mod answers {
    use super::*;

    fn answered(desk: &mut Desk<Inviter>, score: u32) -> TicketId {
        let ticket = closed(desk);
        desk.settle();
        answer(desk, survey(ticket, 1), score);
        ticket
    }

    #[test]
    fn a_bad_score_brings_the_ticket_back_once() {
        let mut desk = desk();
        let ticket = answered(&mut desk, 2);
        desk.settle();
        assert_eq!(desk.status(ticket).name(), StatusName::Open);
        close(&mut desk, ticket);
        desk.pass(days(30));
        assert_eq!(desk.status(ticket).name(), StatusName::Closed);
        assert_eq!(desk.closings(ticket), 2);
    }

    #[test]
    fn a_better_one_does_not() {
        let mut desk = desk();
        let ticket = answered(&mut desk, 3);
        desk.pass(days(1));
        assert_eq!(desk.status(ticket).name(), StatusName::Closed);
    }

    #[test]
    fn without_the_policy_none_does() {
        let mut desk = desk();
        desk.managers.clear();
        desk.start(Inviter::new(&InviterConfig::default(), PARTITIONS));
        let ticket = answered(&mut desk, 1);
        desk.pass(days(1));
        assert_eq!(desk.status(ticket).name(), StatusName::Closed);
    }

    #[test]
    fn whoever_reopens_it_first_is_no_trouble() {
        let mut desk = desk();
        let ticket = answered(&mut desk, 1);
        desk.deliver(0);
        assert!(desk.step(0));
        desk.reopen(ticket);
        close(&mut desk, ticket);
        desk.arrive(0);
        desk.pass(days(30));
        assert_eq!(desk.status(ticket).name(), StatusName::Closed);
    }

    #[test]
    fn what_is_said_meanwhile_does_not_prevent_it() {
        let mut desk = desk();
        let ticket = answered(&mut desk, 1);
        desk.deliver(0);
        assert!(desk.step(0));
        desk.comment(ticket);
        desk.settle();
        assert_eq!(desk.status(ticket).name(), StatusName::Open);
    }

    #[test]
    fn an_answer_about_an_earlier_closing_brings_nothing_back() {
        let mut desk = desk();
        let ticket = closed(&mut desk);
        desk.settle();
        desk.reopen(ticket);
        close(&mut desk, ticket);
        desk.settle();
        answer(&mut desk, survey(ticket, 1), 1);
        desk.pass(days(1));
        assert_eq!(desk.status(ticket).name(), StatusName::Closed);
    }

    #[test]
    fn what_may_not_be_reopened_any_more_stays_closed() {
        let mut desk = Desk::new();
        desk.register(CARLA, |_| {});
        let long = InviterConfig {
            answer_within_s: 100 * 86_400,
            ..POLICY
        };
        desk.start(Inviter::new(&long, PARTITIONS));
        let ticket = closed(&mut desk);
        desk.pass(REOPEN_WINDOW + jiff::SignedDuration::from_secs(1));
        answer(&mut desk, survey(ticket, 1), 1);
        desk.deliver(0);
        assert!(!desk.step(0));
    }

    #[test]
    fn two_at_once_and_one_that_starts_reopen_it_once() {
        let mut desk = desk();
        desk.start(inviter());
        let ticket = answered(&mut desk, 1);
        for which in 0..2 {
            desk.deliver(which);
            assert!(desk.step(which));
        }
        desk.arrive(0);
        desk.arrive(1);
        desk.start(inviter());
        desk.pass(days(30));
        let events = desk.log.len();
        close(&mut desk, ticket);
        desk.pass(days(1));
        assert_eq!(desk.log.len(), events + 3, "solved, closed, asked again");
    }
}

mod memory {
    use super::*;

    #[test]
    fn the_order_of_partitions_is_no_matter() {
        let mut desk = desk();
        let tickets: Vec<_> = (0..10).map(|_| closed(&mut desk)).collect();
        desk.settle();
        answer(&mut desk, survey(tickets[0], 1), 1);
        let late = closed(&mut desk);
        let now = desk.now;
        for first in 0..PARTITIONS {
            let mut inviter = inviter();
            for partition in (first..PARTITIONS).chain(0..first) {
                let theirs = desk.log.iter().filter(|it| it.partition.0 == partition);
                theirs.for_each(|told| inviter.read(now, told));
            }
            inviter.complete_until(now);
            let due: Vec<_> = inviter.step(now).intents.iter().map(Ask::due).collect();
            assert_eq!(due.len(), 2, "{due:?}");
            assert!(due.contains(&Due::Invite(survey(late, 1))));
            assert!(due.iter().any(|it| it.ticket() == tickets[0]));
        }
    }

    #[test]
    fn tickets_and_surveys_are_forgotten_when_nothing_can_come_of_them() {
        let mut desk = desk();
        for _ in 0..20 {
            closed(&mut desk);
        }
        desk.pass(days(15));
        // Each record read lets some go.
        for _ in 0..60 {
            let ticket = of_carla(&mut desk, MANAGER);
            desk.resolve(ticket, MANAGER);
            let reason = text("gone");
            desk.reopen(ticket);
            desk.ticket(ticket, MANAGER, TicketCommand::Cancel { reason });
            desk.append_unreadable(StreamId::Survey(survey(ticket, 1)));
        }
        desk.settle();
        let inviter = &desk.managers[0].manager;
        assert_eq!(inviter.tickets.len(), 0);
        assert_eq!(inviter.surveys.len(), 60);
        assert_eq!(inviter.agenda.len(), 0);
    }
}
