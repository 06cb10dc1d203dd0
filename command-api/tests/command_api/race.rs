//! Several command APIs on one Kafka log, racing on the same tickets: the log decides, and what it
//! decided is the same for everybody.

use std::collections::{BTreeMap, HashSet};

use docket_domain::ids::TicketId;
use docket_event_log::Log;
use docket_schemas::stream;
use docket_service::auth::Role;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::support::{
    Answer, Client, PARTITIONS, Replica, events_of, kafka_log, open, person, records,
};

const TICKETS: usize = 12;
const RACERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_decide_on_one_version_exactly_one_wins() {
    let config = kafka_log().await;
    let (one, two) = tokio::join!(Replica::on(&config), Replica::on(&config));
    let managers = [one.manager(), two.manager()];
    let tickets = join_all((0..TICKETS).map(async |n| {
        managers[n % 2]
            .open(&format!("open {n}").replace(' ', "-"))
            .await
    }))
    .await;

    // Every racer assigns a consultant of its own, on version 1.
    let races = tickets.iter().flat_map(|ticket| {
        let managers = &managers;
        (0..RACERS).map(move |racer| assign(&managers[racer % 2], *ticket, racer))
    });
    let answers: Vec<Raced> = join_all(races).await;
    for race in answers.chunks(RACERS) {
        let won = race.iter().filter(|raced| raced.answer.status == 200);
        assert_eq!(won.count(), 1, "{race:#?}");
        for lost in race.iter().filter(|raced| raced.answer.status != 200) {
            assert_eq!(lost.answer.status, 412, "{}", lost.answer.body);
            assert_eq!(lost.answer.body["version"], 2);
        }
    }

    // The other replica knows each outcome, the refusals too.
    let repeats = answers.iter().map(|raced| {
        let other = &managers[(raced.racer + 1) % 2];
        assign(other, raced.ticket, raced.racer)
    });
    for (first, repeat) in answers.iter().zip(join_all(repeats).await) {
        assert_eq!(repeat.answer.status, first.answer.status);
        assert_eq!(repeat.answer.body, first.answer.body);
        assert_eq!(repeat.answer.position(), first.answer.position());
    }
    let acknowledged = answers.iter().filter(|raced| raced.answer.status == 200);
    let acknowledged = acknowledged.map(|raced| &raced.answer).collect::<Vec<_>>();
    once_in_the_log(&open(&config).await, &acknowledged, 2 * TICKETS).await;
    one.stop().await;
    two.stop().await;
}

#[derive(Debug)]
struct Raced {
    ticket: Uuid,
    racer: usize,
    answer: Answer,
}

async fn assign(client: &Client, ticket: Uuid, racer: usize) -> Raced {
    let body = json!({"consultant": person(&format!("consultant {racer}"))});
    let path = format!("/v1/tickets/{ticket}/assign");
    let request = client
        .command(&path, &format!("racer-{racer}"), &body)
        .header("If-Match", "\"1\"");
    Raced {
        ticket,
        racer,
        answer: crate::support::answer(request).await,
    }
}

/// Each acknowledged event stands where its answer says, once; and there are no others.
async fn once_in_the_log(log: &Log, acknowledged: &[&Answer], events: usize) {
    let records = records(log).await;
    let mut places = BTreeMap::new();
    let mut commands = HashSet::new();
    for (partition, record) in records.iter().filter(|(_, record)| !record.is_control()) {
        places.insert((*partition, record.sequence.0), record);
        let command = record.attribute("commandid").expect("a command id");
        assert!(commands.insert(command.to_owned()), "{command} twice");
    }
    assert_eq!(places.len(), events);
    for answer in acknowledged {
        let position = answer.position();
        let record = places[&(position.partition, position.sequence)];
        let key = stream::ticket_key(TicketId(answer.ticket()));
        assert_eq!(record.key, key.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_consultant_on_two_replicas_accepts_once() {
    let config = kafka_log().await;
    let (one, two) = tokio::join!(Replica::on(&config), Replica::on(&config));
    let ticket = one.manager().open("open").await;
    let body = json!({"consultant": person("carl")});
    one.manager()
        .ask(ticket, "assign", "assign", body)
        .await
        .expect(200);
    let carls = [
        one.client("carl", Role::Consultant),
        two.client("carl", Role::Consultant),
    ];
    let accepts = (0..RACERS).map(async |n| {
        carls[n % 2]
            .ask(ticket, "accept", &n.to_string(), json!({}))
            .await
            .expect(200)
    });
    let told: Vec<String> = join_all(accepts).await.iter().map(Answer::told).collect();
    let applied = told
        .iter()
        .filter(|told| *told == "applied 3 in_progress")
        .count();
    let unchanged = told
        .iter()
        .filter(|told| *told == "unchanged 3 in_progress")
        .count();
    assert_eq!((applied, unchanged), (1, RACERS - 1), "{told:?}");
    one.stop().await;
    two.stop().await;
}

/// A manager gives the ticket to somebody else at the moment at which both accept it, at different
/// replicas: it is accepted by whoever has it then, and nobody is told otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_consultants_who_accept_at_once_whoever_has_it_does() {
    let config = kafka_log().await;
    let (one, two) = tokio::join!(Replica::on(&config), Replica::on(&config));
    let (ann, bob) = (
        one.client("ann", Role::Consultant),
        two.client("bob", Role::Consultant),
    );
    let to = |name: &str| json!({"consultant": person(name)});
    let races = (0..TICKETS).map(async |n| {
        let manager = one.manager();
        let ticket = manager.open(&n.to_string()).await;
        let given = manager.ask(ticket, "assign", "ann", to("ann")).await;
        given.expect(200);
        let manager = two.manager();
        let (anns, _, bobs) = tokio::join!(
            ann.ask(ticket, "accept", "ann", json!({})),
            manager.ask(ticket, "assign", "bob", to("bob")),
            bob.ask(ticket, "accept", "bob", json!({})),
        );
        (ticket, [("ann", anns), ("bob", bobs)])
    });
    let races = join_all(races).await;
    let log = open(&config).await;
    for (ticket, answers) in races {
        let mut has_it = String::new();
        let mut accepted = HashSet::new();
        for (_, record) in events_of(&log, ticket).await {
            let data: serde_json::Value = serde_json::from_slice(&record.data).expect("JSON");
            let consultant = data["consultant"].as_str().unwrap_or_default().to_owned();
            match record.kind() {
                "docket.ticket.assigned.v1" => has_it = consultant,
                "docket.ticket.accepted.v1" => {
                    assert_eq!(consultant, has_it, "accepted by whom it was taken from");
                    accepted.insert(consultant);
                }
                _ => {}
            }
        }
        for (name, answer) in answers {
            let done = accepted.contains(&person(name).to_string());
            assert_eq!(answer.status == 200, done, "{name}: {}", answer.body);
            if !done {
                answer.expect_problem(403, "forbidden");
            }
        }
    }
    one.stop().await;
    two.stop().await;
}

/// Everybody adds comments to everything, without If-Match: all of them win, each at a version of
/// its own, and no number is given twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_only_add_get_their_turn() {
    let config = kafka_log().await;
    let (one, two) = tokio::join!(Replica::on(&config), Replica::on(&config));
    let managers = [one.manager(), two.manager()];
    let opened = join_all((0..TICKETS).map(async |n| {
        let body = crate::support::opening();
        managers[n % 2]
            .send("/v1/tickets", &format!("open-{n}"), body)
            .await
            .expect(201)
    }))
    .await;
    let numbers: HashSet<&str> = opened
        .iter()
        .filter_map(|answer| answer.body["number"].as_str())
        .collect();
    assert_eq!(numbers.len(), TICKETS, "each ticket a number of its own");
    let partitions: HashSet<u16> = opened
        .iter()
        .map(|answer| answer.position().partition)
        .collect();
    assert!(partitions.iter().all(|partition| *partition < PARTITIONS));

    let comments = opened.iter().flat_map(|answer| {
        let managers = &managers;
        let ticket = answer.ticket();
        (0..RACERS).map(move |n| comment(&managers[n % 2], ticket, n))
    });
    let answers = join_all(comments).await;
    for one_ticket in answers.chunks(RACERS) {
        let mut versions: Vec<u64> = one_ticket
            .iter()
            .filter_map(|answer| answer.body["version"].as_u64())
            .collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..2 + RACERS as u64).collect::<Vec<_>>());
    }
    let all: Vec<&Answer> = opened.iter().chain(&answers).collect();
    once_in_the_log(&open(&config).await, &all, TICKETS * (RACERS + 1)).await;
    one.stop().await;
    two.stop().await;
}

async fn comment(client: &Client, ticket: Uuid, n: usize) -> Answer {
    let body = json!({"text": format!("{n}"), "visibility": "internal"});
    client
        .ask(ticket, "comments", &format!("comment-{n}"), body)
        .await
        .expect(200)
}
