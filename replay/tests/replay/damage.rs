//! A log that isn't whole is found to be damaged, and where.

use bytes::Bytes;
use docket_domain::TicketEvent;
use docket_event_log::{Head, LogConfig, PostgresConfig, open};
use docket_replay::audit::Verdict;
use sqlx::Connection as _;

use crate::logs::{kafka, postgres, replay};
use crate::story::{ANN, BOB, Story, TICKET, assigned, opened};

#[tokio::test]
async fn records_after_one_that_is_gone_from_a_topic_are_damage() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.append(1, &opened(story.number())).await;
    // What a topic looks like from which the record of minute 2 was taken out.
    let gone = story.seal(story.head, 2, &assigned(ANN));
    story.head = Head {
        sequence: gone.sequence,
        hash: gone.hash,
    };
    story
        .append(3, &TicketEvent::Accepted { consultant: ANN })
        .await;

    let told = story.ask(&Story::question()).await;
    assert!(
        matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("after sequence 1")),
        "{:?}",
        told.verdict
    );
}

#[tokio::test]
async fn an_entry_that_lies_about_its_hash_is_damage_only_if_the_log_needs_it() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.append(1, &opened(story.number())).await;
    let mut changed = story.seal(story.head, 2, &assigned(ANN));
    changed.data = Bytes::from_static(b"{}");
    let was = Head {
        sequence: changed.sequence,
        hash: changed.hash,
    };
    story
        .log
        .append(story.partition, vec![changed])
        .await
        .unwrap();
    story.append(2, &assigned(BOB)).await;
    assert_eq!(
        story.ask(&Story::question()).await.verdict,
        Verdict::Holds,
        "somebody's rubbish, and the log went on"
    );

    // Now the log went on from the record as it was, and only its loser made itself at home.
    story.head = was;
    story
        .append(3, &TicketEvent::Accepted { consultant: ANN })
        .await;
    let told = story.ask(&Story::question()).await;
    assert!(
        matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("after sequence 2")),
        "{:?}",
        told.verdict
    );
}

#[tokio::test]
async fn an_audit_of_a_partition_that_was_emptied_says_so_and_writes_nothing() {
    let config = postgres().await;
    let LogConfig::Postgres(PostgresConfig { url, .. }) = &config else {
        unreachable!()
    };
    let mut story = Story::begin(open(&config).await.unwrap()).await;
    story.tell().await;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query("DELETE FROM event_log.record WHERE partition = $1")
        .bind(i32::from(story.partition.0))
        .execute(&mut connection)
        .await
        .unwrap();

    let refused = audit(url, &TICKET.0.to_string());
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    let expected = format!("partition {} of the log in schema", story.partition);
    assert!(said.contains(&expected), "{said}");
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM event_log.record WHERE partition = $1")
            .bind(i32::from(story.partition.0))
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_row_changed_in_postgres_is_found_at_its_sequence() {
    let config = postgres().await;
    let LogConfig::Postgres(PostgresConfig { url, .. }) = &config else {
        unreachable!()
    };
    let mut story = Story::begin(open(&config).await.unwrap()).await;
    story.tell().await;
    let id = TICKET.0.to_string();
    let whole = audit(url, &id);
    assert!(whole.status.success(), "{whole:?}");

    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let changed = sqlx::query(
        "UPDATE event_log.record SET data = convert_to(replace(convert_from(data, 'UTF8'), $1, $2), 'UTF8') \
         WHERE partition = $3 AND sequence = 2",
    )
    .bind(ANN.to_string())
    .bind(BOB.to_string())
    .bind(i32::from(story.partition.0))
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);

    let damaged = audit(url, &id);
    assert_eq!(damaged.status.code(), Some(3), "{damaged:?}");
    let text = String::from_utf8(damaged.stdout).unwrap();
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let what = &told["verdict"]["damaged"];
    assert!(what[0].as_str().unwrap().contains("sequence 2"), "{text}");
    assert_eq!(
        told["head"]["sequence"], 1,
        "proven up to the record before"
    );
    assert_eq!(
        told["state"]["status"], "open",
        "what comes after proves nothing"
    );
}

fn audit(url: &str, ticket: &str) -> std::process::Output {
    replay(&["audit", ticket, "--log", url, "--json"])
}
