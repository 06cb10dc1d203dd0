//! Three brokers, two of which go down: nothing can be appended until one of them is back.

use std::collections::BTreeMap;
use std::time::Duration;

use docket_chaos::answer::Answer;
use docket_chaos::ask::{Ask, MIA, What};
use docket_chaos::front::{Until, outcome};
use docket_chaos::judge::judge;
use docket_chaos::load::{Load, LoadConfig, Samples};
use docket_chaos::old::Old;
use docket_chaos::random::Random;
use docket_chaos::settle::settle;
use docket_chaos::site::Site;
use tokio::time::Instant;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn with_two_of_three_brokers_down_commands_are_sent_away_and_recover_by_themselves() {
    let site = Site::start(&crate::site(3)).await.expect("it starts");
    let brokers = site.cluster().brokers();
    let samples = Samples::default();
    let load = Load::start(
        &site.front,
        LoadConfig::new(1, 15.0),
        &samples,
        &Old::default(),
    );
    until_acknowledged(&site, "before").await;

    brokers.kill(0).await.expect("a broker is killed");
    brokers.kill(1).await.expect("another one is killed");
    until_all_replicas_send_commands_away(&site).await;

    brokers.restart(0).await.expect("it starts again");
    brokers.restart(1).await.expect("it starts again");
    until_acknowledged(&site, "after").await;

    let mut book = load.finish().await.expect("the load ends");
    let settled = settle(&site.front, &mut book, &mut Random::new(1, 3)).await;
    assert!(settled.findings.is_empty(), "{:#?}", settled.findings);
    site.tail.caught_up().await.expect("the log can be read");
    let cluster = site.cluster();
    let verdict = judge(
        &book,
        |ticket| site.tail.facts(ticket),
        |person| cluster.person(person.subject),
        site.start,
    );
    assert!(verdict.findings.is_empty(), "{:#?}", verdict.findings);
    assert_eq!(site.tail.complaints(), [""; 0]);
    let failed = samples.window(site.start, Instant::now()).failed;
    assert_eq!(failed, 0, "no client waited in vain");
    let stopped = site.cluster().stop().await;
    stopped.expect("the replicas stop in order");
    site.end(false).await;
}

fn opening(key: &str) -> Ask {
    Ask {
        ticket: Uuid::nil(),
        person: MIA,
        key: key.to_owned(),
        if_match: None,
        what: What::Open,
    }
}

/// On every partition, since each has a leader of its own.
async fn until_acknowledged(site: &Site, key: &str) {
    for n in 0..16 {
        let until = Until::Outcome(Duration::from_mins(1));
        let attempts = site.front.ask(&opening(&format!("{key}-{n}")), until).await;
        assert!(outcome(&attempts).is_some(), "{attempts:?}");
    }
}

/// Each replica answers 503 to command after command, of different partitions: nobody is left
/// waiting. ("Unknown" is an answer as well, where the partition's owner was silent before.)
async fn until_all_replicas_send_commands_away(site: &Site) {
    let deadline = Instant::now() + Duration::from_mins(3);
    for replica in site.cluster().replicas() {
        let mut in_a_row = 0;
        let mut heard = BTreeMap::<String, usize>::new();
        while in_a_row < 20 {
            let name = replica.name();
            assert!(
                Instant::now() < deadline,
                "{name} keeps clients waiting: {heard:#?}"
            );
            let ask = opening(&Uuid::new_v4().to_string());
            let give_up = Instant::now() + Duration::from_secs(1);
            let attempt = site.front.attempt(&replica, &ask, give_up).await;
            *heard.entry(format!("{:?}", attempt.answer)).or_default() += 1;
            match attempt.answer {
                // What went out with the last batch waits for its outcome; what comes after it
                // need not.
                Answer::Unknown(why) if &*why == "no answer in time" => in_a_row = 0,
                Answer::NotDone(_) | Answer::Unknown(_) => in_a_row += 1,
                other => panic!("{name} answered {other:?}"),
            }
        }
    }
}
