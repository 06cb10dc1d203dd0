//! People in the outbox: how they are reached, and that nothing of an erased customer is left.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::command::{Amendment, Customer};
use docket_domain::consultant::{ConsultantEvent, Profile};
use docket_domain::customer::{
    ContactChange, CustomerEvent, NotificationChannel, Phone, Preferences, Registration,
};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_domain::text::Personal;
use docket_domain::{EventContext, TicketEvent};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{Random, known, open, person, text};
use crate::setting::{Setting, eventually, rows};
use crate::stories::context;

fn registered() -> CustomerEvent {
    CustomerEvent::Registered(Box::new(Registration {
        name: known("Carla Meier"),
        phone: None,
        email: None,
        preferences: Preferences {
            channel: NotificationChannel::Sms,
            language: Some(text("de-AT")),
            consultant: None,
            surveys: true,
        },
    }))
}

#[tokio::test]
async fn contact_and_names_are_kept_until_they_are_erased() {
    let mut setting = Setting::memory(1).await;
    let (customer, consultant) = (
        StreamId::Customer(person(1)),
        StreamId::Consultant(person(2)),
    );
    let change = ContactChange {
        phone: Some(Some(Personal::Known(
            Phone::new("+43 1 234").expect("a number"),
        ))),
        ..ContactChange::default()
    };
    let profile = Profile {
        name: known("Jonas"),
        team: None,
        skills: BTreeMap::default(),
        areas: BTreeSet::default(),
        travel_km_max: None,
        languages: BTreeSet::default(),
        capacity: 1,
    };
    let consulting = ConsultantEvent::Registered(Box::new(profile));
    setting
        .append([
            (customer, context(0), registered().into()),
            (
                customer,
                context(1),
                CustomerEvent::ContactChanged(Box::new(change)).into(),
            ),
            (consultant, context(2), consulting.into()),
        ])
        .await;
    let projector = setting.project_outbox(1);
    let outbox = setting.outbox_caught_up(1).await;
    let row = &rows(&outbox, "customer", "id").await[0];
    for (field, expected) in [
        ("name", "Carla Meier"),
        ("phone", "+43 1 234"),
        ("channel", "sms"),
        ("language", "de-AT"),
    ] {
        assert_eq!(row[field], expected, "{row}");
    }
    assert_eq!(rows(&outbox, "consultant", "id").await[0]["name"], "Jonas");

    setting
        .append([(customer, context(3), CustomerEvent::Erased.into())])
        .await;
    let outbox = setting.outbox_caught_up(1).await;
    projector.stop().await;
    let row = rows(&outbox, "customer", "id").await[0].to_string();
    for personal in ["Carla", "234", "de-AT"] {
        assert!(!row.contains(personal), "{row}");
    }
}

fn customer(number: u64) -> PersonId {
    PersonId(Uuid::from_u64_pair(0xc057, number))
}

/// A customer's ticket, amended later.
fn opened_and_amended(number: u64, random: &mut Random) -> [(StreamId, EventContext, Event); 2] {
    let id = StreamId::Ticket(TicketId(Uuid::from_u64_pair(0x71c, number)));
    let mut opening = open(random, number);
    opening.customer = Customer::Registered(customer(number % 40));
    opening.subject = known("Carla's printer");
    opening.language = Some(text("de"));
    let amendment = Amendment {
        subject: Some(known("Carla's scanner")),
        ..Amendment::default()
    };
    [
        TicketEvent::Opened(Box::new(opening)),
        TicketEvent::Amended(Box::new(amendment)),
    ]
    .map(|event| (id, context(1), event.into()))
}

/// Of forty customers with five tickets each the even ones are erased. Each partition is projected at
/// its own pace, so that a ticket may come before its customer, after the erasure, or with it.
#[tokio::test]
async fn of_an_erased_customer_no_ticket_says_anything_whichever_was_projected_first() {
    let mut random = Random(11);
    let about = |n: u64, event: CustomerEvent| {
        let id = StreamId::Customer(customer(n));
        (id, context(1), Event::from(event))
    };
    let customers: Vec<_> = (0..40).map(|n| about(n, registered())).collect();
    let erased = (0..40).step_by(2);
    let erased: Vec<_> = erased.map(|n| about(n, CustomerEvent::Erased)).collect();
    let tickets = (0..200).map(|n| opened_and_amended(n, &mut random));
    let (opened, amended): (Vec<_>, Vec<_>) = tickets.map(|[a, b]| (a, b)).unzip();
    let orders = [
        [&customers, &opened, &erased, &amended],
        [&customers, &erased, &opened, &amended],
        [&opened, &amended, &customers, &erased],
    ];
    for order in orders {
        let mut setting = Setting::memory(8).await;
        let projector = setting.project_outbox(1);
        for some in order {
            setting.append(some.clone()).await;
        }
        let outbox = setting.outbox_caught_up(1).await;
        projector.stop().await;
        only_the_others_are_known(&outbox).await;
    }
}

async fn only_the_others_are_known(outbox: &PgPool) {
    let tickets = rows(outbox, "ticket", "id").await;
    assert_eq!(tickets.len(), 200);
    for ticket in tickets {
        let whose = ticket["customer"].as_str().expect("an id");
        let erased = (0..40)
            .step_by(2)
            .any(|n| customer(n).0.to_string() == whose);
        assert_eq!(ticket["subject"].is_null(), erased, "{ticket}");
        assert_eq!(ticket.to_string().contains("Carla"), !erased, "{ticket}");
    }
}

/// Two partitions at the very same moment: of the ticket's transaction and the erasure's neither sees
/// what the other one writes, so they must not run at once.
#[tokio::test]
async fn an_erasure_waits_for_whoever_is_about_to_write_a_ticket() {
    let mut setting = Setting::memory(1).await;
    let projector = setting.project_outbox(1);
    let outbox = setting.outbox_caught_up(1).await;
    // Somebody projects another partition.
    let mut other = outbox.begin().await.expect("begins");
    sqlx::query("LOCK TABLE ticket IN ROW EXCLUSIVE MODE")
        .execute(&mut *other)
        .await
        .expect("locks");
    let about = |event: CustomerEvent| (StreamId::Customer(customer(0)), context(1), event.into());
    setting
        .append([about(registered()), about(CustomerEvent::Erased)])
        .await;
    eventually("the erasure waits", async || {
        let waiting = "SELECT count(*) FROM pg_locks
                       WHERE relation = 'ticket'::regclass AND NOT granted";
        let waiting = sqlx::query_scalar::<_, i64>(waiting);
        waiting.fetch_one(&outbox).await.expect("counts") == 1
    })
    .await;
    sqlx::query(
        "INSERT INTO ticket (id, version, number, customer, subject, assignment_told, last_attempt)
         VALUES (gen_random_uuid(), 1, 1, $1, 'Carla', false, false)",
    )
    .bind(customer(0).0)
    .execute(&mut *other)
    .await
    .expect("writes");
    other.commit().await.expect("commits");
    let outbox = setting.outbox_caught_up(1).await;
    projector.stop().await;
    let ticket = &rows(&outbox, "ticket", "id").await[0];
    assert!(ticket["subject"].is_null(), "{ticket}");
}
