//! Tickets that are resolved: closed, asked about, and brought back by a bad score, while the
//! processes that see to it run twice and are killed.

use std::collections::BTreeMap;
use std::time::Duration;

use docket_domain::TicketEvent;
use docket_domain::stream::{Event, StreamId};
use docket_event_log::LogConfig;
use docket_process_managers::fact::Told;
use uuid::Uuid;

use crate::PARTITIONS;
use crate::process::Process;
use crate::shop::{Shop, assignments, events, invitations};

const CARLA: Uuid = Uuid::from_u128(70);
/// Wants no surveys.
const OTTO: Uuid = Uuid::from_u128(71);

pub(crate) async fn story(log: &LogConfig, settings: Vec<(String, String)>) {
    let shop = Shop::open(log).await;
    shop.register(CARLA, true).await;
    shop.register(OTTO, false).await;
    let process = |name| Process::start(name, &shop, &settings, PARTITIONS);
    let first = process("first");
    let second = process("second");
    let unasked = [
        shop.resolve_for(Some(OTTO)).await,
        shop.resolve_for(None).await,
    ];
    let imported = shop.import_resolved(CARLA).await;
    let mut asked = vec![shop.resolve_for(Some(CARLA)).await];
    let all_are = |asked: &[Uuid], told: &[Told]| {
        let invited = invitations(told);
        let is_asked = |id: &Uuid| invited.iter().any(|it| it.ticket == *id);
        let closings = closings(told);
        let is_closed = |id: &Uuid| closings.contains_key(id);
        asked.iter().all(is_asked) && unasked.iter().all(is_closed)
    };
    shop.wait_until("the first ones are asked", |told| all_are(&asked, told))
        .await;

    // Killed while tickets fall due one after the other.
    for _ in 0..30 {
        asked.push(shop.resolve_for(Some(CARLA)).await);
    }
    let some_are_closed = |told: &[Told]| closings(told).len() > 10;
    shop.wait_until("some are closed", some_are_closed).await;
    first.kill();
    second.kill();
    let third = process("third");
    let fourth = process("fourth");
    for _ in 0..10 {
        asked.push(shop.resolve_for(Some(CARLA)).await);
    }
    shop.wait_until("all are asked", |told| all_are(&asked, told))
        .await;
    assert_each_once(&shop, &asked, &unasked, imported).await;

    // Two answers by the links in their mails: one good, one bad.
    let invited = invitations(&shop.told().await);
    let of = |ticket: Uuid| {
        invited
            .iter()
            .find(|it| it.ticket == ticket)
            .expect("asked")
    };
    let (content, back) = (asked[1], asked[0]);
    shop.answer(of(content), 5).await;
    shop.answer(of(back), 1).await;
    shop.wait_until("it is reopened", |told| {
        reopenings(told).contains_key(&back)
    })
    .await;
    // It was solved on the phone, so it waits for somebody.
    shop.hire(Uuid::from_u128(1), 1).await;
    shop.wait_until("it is routed", |told| {
        assignments(told).iter().any(|it| it.ticket == back)
    })
    .await;

    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_each_once(&shop, &asked, &unasked, imported).await;
    let told = shop.told().await;
    assert_eq!(reopenings(&told), BTreeMap::from([(back, 1)]));
    third.stop();
    fourth.stop();
    shop.close().await;
}

async fn assert_each_once(shop: &Shop, asked: &[Uuid], unasked: &[Uuid], imported: Uuid) {
    let told = shop.told().await;
    let once = |tickets: &[Uuid]| {
        tickets
            .iter()
            .map(|id| (*id, 1))
            .collect::<BTreeMap<_, _>>()
    };
    let mut closed = once(asked);
    closed.extend(once(unasked));
    assert_eq!(closings(&told), closed);
    let mut invited = BTreeMap::new();
    for it in invitations(&told) {
        assert_eq!(it.closing.get(), 1);
        *invited.entry(it.ticket).or_insert(0) += 1;
    }
    assert_eq!(invited, once(asked));
    assert!(!closed.contains_key(&imported));
}

/// By ticket, how often.
fn closings(told: &[Told]) -> BTreeMap<Uuid, u32> {
    count(told, |event| matches!(event, TicketEvent::Closed { .. }))
}

fn reopenings(told: &[Told]) -> BTreeMap<Uuid, u32> {
    count(told, |event| matches!(event, TicketEvent::Reopened { .. }))
}

fn count(told: &[Told], is: impl Fn(&TicketEvent) -> bool) -> BTreeMap<Uuid, u32> {
    let mut counts = BTreeMap::new();
    for (stream, event) in events(told) {
        if let (StreamId::Ticket(id), Event::Ticket(event)) = (stream, event)
            && is(event)
        {
            *counts.entry(id.0).or_insert(0) += 1;
        }
    }
    counts
}
