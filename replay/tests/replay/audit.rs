//! A history is told, with losers labelled, as of a time, against a trusted head.

use docket_event_log::{Sequence, open};
use docket_replay::audit::{Audit, Entry, TicketName, TrustedHead, Verdict};

use crate::logs::{kafka, postgres};
use crate::story::{ANN, Story, TICKET, at};

fn kinds(audit: &Audit) -> Vec<String> {
    audit
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Event(event) => event.r#type.clone(),
            Entry::Answer { .. } => "answer".to_owned(),
            Entry::Noise(noise) => format!("noise: {}", noise.reason),
        })
        .collect()
}

#[tokio::test]
async fn a_record_that_lost_on_kafka_is_shown_as_noise_and_the_chain_holds() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.tell().await;

    let told = story.ask(&Story::question()).await;
    assert_eq!(
        kinds(&told),
        [
            "docket.ticket.opened.v1",
            "docket.ticket.assigned.v1",
            "noise: extends_another",
            "docket.ticket.accepted.v1",
        ]
    );
    assert_eq!(told.verdict, Verdict::Holds);
    let state = told.state.unwrap();
    assert_eq!(
        (state.status, state.consultant),
        ("in_progress", Some(ANN.0))
    );
    assert_eq!((told.records, told.noise), (4, 1));
    assert_eq!(told.head.unwrap().hash, story.head.hash.to_string());
}

#[tokio::test]
async fn on_postgres_a_loser_is_never_stored_and_the_history_is_the_same() {
    let mut story = Story::begin(open(&postgres().await).await.unwrap()).await;
    story.tell().await;

    let mut question = Story::question();
    question.keeps_losers = false;
    question.ticket = TicketName::Number(story.number());
    let told = story.ask(&question).await;
    assert_eq!(told.ticket, Some(TICKET.0), "found by its number");
    assert_eq!(
        kinds(&told),
        [
            "docket.ticket.opened.v1",
            "docket.ticket.assigned.v1",
            "docket.ticket.accepted.v1",
        ]
    );
    assert_eq!(told.verdict, Verdict::Holds);
    assert_eq!(told.noise, 0);
}

#[tokio::test]
async fn an_audit_as_of_a_time_ends_there() {
    let mut story = Story::begin(open(&postgres().await).await.unwrap()).await;
    story.tell().await;

    let mut question = Story::question();
    question.at = Some(at(2));
    let told = story.ask(&question).await;
    assert_eq!(told.state.as_ref().unwrap().status, "assigned");
    assert_eq!(kinds(&told).len(), 2);
    assert_eq!(
        told.records, 4,
        "the chain is checked to the end all the same"
    );
}

#[tokio::test]
async fn a_trusted_head_is_found_or_missed() {
    let mut story = Story::begin(open(&kafka().await).await.unwrap()).await;
    story.tell().await;
    let mut question = Story::question();
    let trusted = TrustedHead {
        partition: story.partition,
        sequence: story.head.sequence,
        hash: story.head.hash,
    };
    question.trusted_head = Some(trusted);
    assert_eq!(story.ask(&question).await.verdict, Verdict::Holds);

    question.trusted_head = Some(TrustedHead {
        hash: docket_event_log::Hash([7; 32]),
        ..trusted
    });
    let told = story.ask(&question).await;
    assert!(matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("sequence 3 is")));

    question.trusted_head = Some(TrustedHead {
        sequence: Sequence(90),
        ..trusted
    });
    let told = story.ask(&question).await;
    assert!(matches!(&told.verdict, Verdict::Damaged(what) if what[0].contains("sequence 90")));
}
