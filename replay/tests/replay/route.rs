//! What real routers decided on real logs comes out the same from the log alone; other rules come to
//! other choices, and a decision that nobody made so is found.

use std::process::Output;

use docket_domain::ids::TicketId;
use docket_event_log::LogConfig;
use docket_schemas::stream;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::logs::{kafka, postgres, replay};
use crate::shop::Shop;

const NEAR: Uuid = Uuid::from_u128(0xa);
const FAR: Uuid = Uuid::from_u128(0xb);
const ASLEEP: Uuid = Uuid::from_u128(0xc);
/// Later than everything.
const LATER: &str = "2099-01-01T00:00:00Z";

/// The tool's lines of JSON, and its exit code.
struct Said {
    decisions: Vec<Value>,
    summary: Value,
    code: Option<i32>,
}

fn route(log: &[String], arguments: &[&str]) -> Said {
    let done = run(log, &[arguments, &["--json"]].concat());
    let text = String::from_utf8(done.stdout.clone()).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary = lines.pop().unwrap_or_else(|| panic!("{done:?}"));
    Said {
        decisions: lines
            .into_iter()
            .map(|line| line["decision"].clone())
            .collect(),
        summary: summary["summary"].clone(),
        code: done.status.code(),
    }
}

fn run(log: &[String], arguments: &[&str]) -> Output {
    let log: Vec<&str> = log.iter().map(String::as_str).collect();
    replay(&[&["route"], &log[..], arguments].concat())
}

fn where_is(config: &LogConfig) -> Vec<String> {
    let parts = match config {
        LogConfig::Postgres(config) => ["--log", &config.url, "--schema", &config.schema],
        LogConfig::Kafka(config) => ["--kafka", &config.brokers, "--topic", &config.topic],
    };
    parts.map(ToOwned::to_owned).into()
}

/// At a ticket's place: one is near and speaks no German, one is far and does; one sleeps.
async fn hire(shop: &Shop) {
    shop.hire(NEAR, "Nora", "en", 0.1).await;
    shop.hire(FAR, "Fritz", "de", 0.5).await;
    shop.hire(ASLEEP, "Ashley", "de", 0.0).await;
    // Somewhere it is always that hour, so the test may run at any.
    let now = jiff::Timestamp::now().in_tz("Asia/Tokyo").unwrap();
    let yesterday = now.date().yesterday().unwrap().yesterday().unwrap();
    let weekday = yesterday.strftime("%A").to_string().to_lowercase();
    let shift = json!({"weekday": weekday, "from": "08:00", "to": "09:00"});
    shop.set_hours(ASLEEP, json!({"zone": "Asia/Tokyo", "shifts": [shift]}))
        .await;
}

/// Two routers, one after the other; bursts, a decline, tickets taken on.
async fn a_day(shop: &Shop) -> (Uuid, String) {
    hire(shop).await;
    let first = shop.route();
    let declined = shop.open_ticket().await;
    shop.assignments(1).await;
    shop.ask(declined.0, "decline", json!({"reason": "too far"}))
        .await;
    shop.assignments(2).await;
    // At once, so that much is on its way while the next is decided.
    futures::future::join_all((0..12).map(|_| shop.open_ticket())).await;
    shop.assignments(14).await;
    // Both at once for a while: a standby, and then the one that takes over.
    let second = shop.route();
    for _ in 0..6 {
        shop.open_ticket().await;
    }
    shop.assignments(20).await;
    first.stop().await;
    for _ in 0..6 {
        shop.open_ticket().await;
    }
    shop.assignments(26).await;
    second.stop().await;
    declined
}

async fn past_decisions_are_made_again(config: &LogConfig) {
    let shop = Shop::open(config).await;
    let (ticket, number) = a_day(&shop).await;
    let log = where_is(config);

    let all = route(&log, &["--as-of", LATER, "--all"]);
    assert_eq!(all.code, Some(0), "{}", all.summary);
    assert_eq!(all.summary["same"], 26, "{}", all.summary);
    assert_eq!(
        (&all.summary["unread"], all.decisions.len()),
        (&0.into(), 26)
    );
    let routers: std::collections::BTreeSet<_> = all
        .decisions
        .iter()
        .map(|it| it["router"].to_string())
        .collect();
    assert_eq!(routers.len(), 2);
    let asleep = |it: &&Value| it["decision"]["excluded"].to_string().contains("hours");
    assert_eq!(all.decisions.iter().filter(asleep).count(), 26);
    assert!(
        route(&log, &["--as-of", LATER]).decisions.is_empty(),
        "no news"
    );

    let of_ticket = run(&log, &["--ticket", &number]);
    let text = String::from_utf8(of_ticket.stdout).unwrap();
    assert_eq!(text.matches("comes out the same").count(), 2, "{text}");
    assert!(
        text.contains(&format!("ticket {ticket} to Fritz")),
        "{text}"
    );
    assert!(
        text.contains("1. Nora") && text.contains("excluded by declined"),
        "{text}"
    );
    let [first, second] = &route(&log, &["--ticket", &ticket.to_string()]).decisions[..] else {
        panic!("two decisions")
    };
    let until = first["recorded_at"].as_str().unwrap();
    assert_eq!(route(&log, &["--to", until]).summary["decisions"], 1);
    let from = second["recorded_at"].as_str().unwrap();
    assert_eq!(route(&log, &["--from", from]).summary["decisions"], 25);

    // Only the way counts: Nora, wherever Fritz was preferred for his German.
    let weights = shop.directory.path().join("weights.toml");
    let only_distance =
        "[router.weights]\nload = 0\nskill = 0\nlanguage = 0\npreferred = 0\nfairness = 0\n";
    std::fs::write(&weights, only_distance).unwrap();
    let weights = ["--as-of", LATER, "--weights", weights.to_str().unwrap()];
    let changed = route(&log, &weights);
    assert_eq!(changed.code, Some(0), "another choice is no fault");
    let summary = &changed.summary["changed"];
    let by_fritz = all
        .decisions
        .iter()
        .filter(|it| it["consultant"] == FAR.to_string());
    let by_fritz = by_fritz.count();
    assert!(by_fritz > 1, "or nothing is shown");
    assert_eq!(changed.decisions.len(), by_fritz, "{summary}");
    assert_eq!(summary["other"], by_fritz);
    assert_eq!(summary["same"], 26 - by_fritz);
    for it in &changed.decisions {
        assert_eq!(it["instead"]["consultant"], NEAR.to_string(), "{it}");
    }
    let [before, after] = ["before", "after"].map(|side| &summary[side]["distance_m"]);
    let (before, after) = (before.as_f64().unwrap(), after.as_f64().unwrap());
    assert!(
        (11_000.0..11_200.0).contains(&after) && before > after,
        "{before} {after}"
    );
    assert_eq!(summary["after"]["language_percent"], 0.0);
    let told = String::from_utf8(run(&log, &weights).stdout).unwrap();
    assert!(
        told.contains("Nora (") && told.contains("INSTEAD"),
        "{told}"
    );
    let of_turns = "whose turn comes first, which is not judged here";
    assert!(!told.contains(of_turns), "{told}");

    // Other turns are no other choices, and that is said.
    std::fs::write(weights[3], "[router.weights]\npriority_step_s = 60\n").unwrap();
    let told = String::from_utf8(run(&log, &weights).stdout).unwrap();
    assert!(told.contains(of_turns), "{told}");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_decisions_are_made_again_on_postgres() {
    past_decisions_are_made_again(&postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_decisions_are_made_again_on_kafka() {
    past_decisions_are_made_again(&kafka().await).await;
}

/// Somebody with a router's token writes what suits them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_nobody_made_so_is_found() {
    let config = postgres().await;
    let shop = Shop::open(&config).await;
    hire(&shop).await;
    let router = shop.route();
    let (genuine, _) = shop.open_ticket().await;
    let made = shop.assignments(1).await.remove(0).1;
    router.stop().await;
    let log = where_is(&config);
    assert_eq!(route(&log, &["--as-of", LATER]).code, Some(0));

    let (kinder, number) = shop.open_ticket().await;
    let mut forged = made.clone();
    // Points for nothing, and whoever sleeps never was there.
    forged["decision"]["positions"] = positions(&shop).await;
    forged["decision"]["best"][0]["points"][1] = json!(199_000);
    forged["decision"]["excluded"] = json!({});
    forged["decision"]["considered"] = json!(2);
    forged["decision"]["attempt"] = json!(2);
    shop.assign(kinder, forged).await;
    let (elsewhere, _) = shop.open_ticket().await;
    let mut impossible = made;
    impossible["decision"]["positions"] = json!([900_000, 0, 0, 0, 0, 0, 0, 0]);
    shop.assign(elsewhere, impossible).await;
    let (early, _) = shop.open_ticket().await;
    let mut before_itself = shop.assignments(3).await.remove(0).1;
    before_itself["decision"]["positions"] = positions(&shop).await;
    let lane = stream::partition_of(stream::ticket_key(TicketId(early)).as_bytes(), 8);
    let lane = &mut before_itself["decision"]["positions"][usize::from(lane)];
    *lane = json!(lane.as_u64().unwrap() + 1);
    shop.assign(early, before_itself).await;

    let found = route(&log, &["--as-of", LATER]);
    assert_eq!(found.code, Some(3));
    assert_eq!(
        (&found.summary["same"], &found.summary["different"]),
        (&1.into(), &3.into())
    );
    let of = |ticket: Uuid| {
        let mut decisions = found.decisions.iter();
        let it = decisions.find(|it| it["ticket"] == ticket.to_string());
        it.map(|it| it["differences"].as_array().unwrap().clone())
    };
    assert_eq!(of(genuine), None);
    let told = of(kinder).unwrap();
    let what: Vec<_> = told.iter().map(|it| it["what"].as_str().unwrap()).collect();
    for expected in ["consultants", "excluded by hours", "attempt"] {
        assert!(what.contains(&expected), "{what:?}");
    }
    assert!(
        what.iter().any(|what| what.ends_with("for load")),
        "{what:?}"
    );
    let told = of(early).unwrap();
    let what = told.last().unwrap()["what"].as_str().unwrap();
    assert!(what.starts_with("position in partition"), "{told:?}");
    assert_eq!(of(elsewhere).unwrap()[0]["again"], "not in this log");

    let shown = run(&log, &["--ticket", &number]);
    assert_eq!(shown.status.code(), Some(3));
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("COMES OUT DIFFERENTLY") && shown.contains("As it comes out"),
        "{shown}"
    );
    let nobody = run(&log, &["--ticket", &Uuid::from_u128(7).to_string()]);
    assert_eq!(nobody.status.code(), Some(0), "no decisions");
    shop.close().await;
}

/// The last sequence of each partition.
async fn positions(shop: &Shop) -> Value {
    let mut last = Vec::new();
    for partition in 0..shop.log.identity().partitions {
        let end = shop.log.end(docket_event_log::Partition(partition)).await;
        last.push(end.unwrap().0 - 1);
    }
    json!(last)
}
