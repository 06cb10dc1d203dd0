//! All that anybody is told of, from the fact to the mail: to whom, in whose language, with what in it.

use docket_delivery::{Queue, Which};
use docket_domain::command::{Customer, Origin};
use docket_domain::consultant::{ConsultantEvent, Profile};
use docket_domain::customer::NotificationChannel;
use docket_domain::ids::RouterId;
use docket_domain::routing::{Basis, Exclusions, POLICY, Parts, Recorded, Rules, Scored};
use docket_domain::stream::StreamId;
use docket_domain::text::Personal;
use docket_domain::{EventContext, Role, TicketEvent};
use uuid::Uuid;

use crate::relay::{Manner, Received, Relay};
use crate::setting::{Setting, deliver, with_relay};
use crate::story::{
    Told, invited, now, number, of, opened, person, plain, registered, resolved, text, ticket,
};

/// By a service, as routers are.
fn by_router(number: u64, event: TicketEvent) -> Told {
    let (stream, mut context, event) = of(number, event);
    context.actor.role = Role::Service;
    (stream, context, event)
}

/// An assignment by a router, whose last one it is.
fn last_attempt(number: u64, consultant: u128) -> Told {
    let decision = Recorded {
        router: RouterId(Uuid::from_u128(8)),
        attempt: 3,
        attempts_max: 3,
        policy: POLICY,
        basis: Basis {
            at: jiff::Timestamp::UNIX_EPOCH,
            rules: Rules::default(),
            positions: vec![7],
            reserved: Vec::new(),
        },
        considered: 1,
        excluded: Exclusions::default(),
        best: vec![Scored {
            consultant: person(consultant),
            total: 0,
            parts: Parts::default(),
            distance_m: None,
            last_assigned_at: None,
        }],
    };
    let event = TicketEvent::Assigned {
        consultant: person(consultant),
        decision: Some(Box::new(decision)),
    };
    by_router(number, event)
}

fn consultant(who: u128, name: &str) -> Told {
    let profile = Profile {
        name: Personal::Known(text(name)),
        team: None,
        skills: std::collections::BTreeMap::default(),
        areas: std::collections::BTreeSet::default(),
        travel_km_max: None,
        languages: std::collections::BTreeSet::default(),
        capacity: 1,
    };
    let event = ConsultantEvent::Registered(Box::new(profile));
    (StreamId::Consultant(person(who)), now(), event.into())
}

/// Address, subject and text of what arrived, in order.
fn told(mails: &[Received]) -> Vec<(String, String, String)> {
    let one = |mail: &Received| {
        let to = mail.to[0].replace("RCPT TO:", "");
        // Quoted-printable, as far as it is.
        let body = mail.body().replace("=\n", "").replace("=C3=BC", "ü");
        (to, mail.header("Subject"), body)
    };
    mails.iter().map(one).collect()
}

#[tokio::test]
async fn a_customer_follows_their_ticket_by_mail_from_its_number_to_the_survey() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let worker = deliver(with_relay(setting.config(), relay.port)).await;
    let carla = person(1);
    let email = Some("carla@example.com");
    let assigned = TicketEvent::Assigned {
        consultant: person(5),
        decision: None,
    };
    let expires_at = "2050-01-01T00:00:00Z".parse().expect("a time");
    setting
        .happens([
            registered(carla, NotificationChannel::Email, email, None),
            consultant(5, "Jonas Weber"),
        ])
        .await;
    // One after the other, as it happens: mails of one instant go side by side.
    let course = [
        opened(1, Customer::Registered(carla), "Kein Licht", "en"),
        of(1, assigned),
        of(1, TicketEvent::TravelStarted),
        resolved(1),
        invited(1, 1, Some(carla), expires_at, Origin::Live),
    ];
    for (so_far, fact) in (1..).zip(course) {
        setting.happens([fact]).await;
        setting.become_("delivered", so_far).await;
    }
    worker.stop().await;

    let number = number(1);
    let told = told(&relay.received());
    let expected = [
        ("Ihre Anfrage ist eingegangen", number.as_str()),
        ("jemand", "zugeteilt"),
        ("wir sind unterwegs", "Jonas Weber ist zu Ihnen unterwegs"),
        ("gel", "Kein Licht"),
        ("Wie war es?", "https://support.acme.example/survey#"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for ((to, subject, body), (says, and)) in told.iter().zip(expected) {
        assert_eq!(to, "<carla@example.com>");
        assert!(body.contains("Guten Tag Carla Meier"), "{body}");
        // An encoded word says nothing to us.
        let plain = subject.contains(&number) && subject.contains(says);
        assert!(plain || subject.contains("=?utf-8?"), "{subject}");
        assert!(body.contains(and), "{body}");
    }
}

/// As by a consultant who was offline, or while the worker was down.
#[tokio::test]
async fn nobody_is_told_that_somebody_is_on_the_way_who_has_been_there_by_then() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let config = with_relay(setting.config(), relay.port);
    deliver(config.clone()).await.stop().await;
    let (stream, mut long_ago, sets_out) = of(1, TicketEvent::TravelStarted);
    long_ago.occurred_at -= jiff::SignedDuration::from_hours(4);
    setting
        .happens([
            plain(1),
            (stream, long_ago, sets_out),
            plain(2),
            of(2, TicketEvent::TravelStarted),
            resolved(2),
            // Back again.
            of(2, TicketEvent::TravelStarted),
            plain(3),
            of(3, TicketEvent::TravelStarted),
        ])
        .await;
    let worker = deliver(config.clone()).await;
    setting.become_("delivered", 6).await;
    setting.become_("dropped", 2).await;
    worker.stop().await;
    let queue = Queue::open(&config).await.expect("opens");
    let dropped = Which {
        dropped: true,
        ..Which::default()
    };
    for letter in queue.dead(&dropped, 9).await.expect("lists") {
        assert_eq!(letter.kind, "ticket.on_the_way");
        assert_eq!(letter.reason.as_deref(), Some("it is too late to say so"));
        assert!(
            [1, 2]
                .map(|number| ticket(number).0)
                .contains(&letter.ticket)
        );
    }
}

#[tokio::test]
async fn a_manager_is_told_that_nobody_accepts_a_ticket_and_nobody_else_is() {
    let mut setting = Setting::new().await;
    let relay = Relay::start(Manner::Takes).await;
    let mut config = with_relay(setting.config(), relay.port);
    let managers = [("default".to_owned(), "dispatch@acme.example".to_owned())];
    config.managers = managers.into();
    let worker = deliver(config).await;
    let taken_back = TicketEvent::Unassigned {
        consultant: person(5),
        reason: text("not accepted in time"),
    };
    let by_hand = EventContext {
        actor: docket_domain::Actor {
            id: person(9),
            role: Role::Manager,
        },
        ..now()
    };
    let (stream, _, event) = of(2, taken_back.clone());
    setting
        .happens([
            plain(1),
            last_attempt(1, 5),
            by_router(1, taken_back),
            // Taken back by a manager, who knows of it.
            plain(2),
            last_attempt(2, 5),
            (stream, by_hand, event),
        ])
        .await;
    setting.become_("delivered", 5).await;
    worker.stop().await;
    let told = told(&relay.received());
    let dispatched: Vec<_> = told
        .iter()
        .filter(|(to, ..)| to == "<dispatch@acme.example>")
        .collect();
    let [(_, subject, body)] = &dispatched[..] else {
        panic!("{told:#?}");
    };
    assert_eq!(*subject, format!("Ticket {}: nobody accepts it", number(1)));
    assert!(body.contains("Please assign it by hand"), "{body}");
    assert_eq!(told.len(), 5, "and the callers of theirs");
}
