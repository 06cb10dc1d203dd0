//! A byte of a snapshot changes, or its end is missing: it is ignored, or the ticket that is looked
//! up in it can't be read. Never is anything else believed.

use super::asks::{ask, assign, cancel, comment, open, ticket};
use super::desk::{Desk, PARTITION, peek};
use crate::snapshot::file::MAGIC;
use crate::snapshot::read::Found;
use docket_domain::stream::StreamId;

/// Hot and cold tickets, refusals, and a queue of ended ones.
async fn busy_desk() -> Desk {
    let mut desk = Desk::new().await;
    for n in 0..20 {
        let ticket = ticket(u128::from(n));
        desk.tell(0, ask(n, ticket, open())).await;
        desk.tell(0, ask(100 + n, ticket, cancel())).await;
    }
    desk.pass(30).await;
    desk.tell(0, ask(200, ticket(50), open())).await;
    desk.tell(0, ask(201, ticket(50), assign())).await;
    desk.tell(0, ask(202, ticket(99), assign())).await;
    desk.tell(0, ask(203, ticket(3), comment(1))).await;
    desk.snapshot().await;
    desk
}

#[tokio::test]
async fn a_changed_byte_is_never_believed() {
    let desk = busy_desk().await;
    let file = desk.directory().file(PARTITION);
    let sound = std::fs::read(&file).expect("a file");
    let (mut ignored, mut unreadable, mut witnesses) = (0, 0, 0);
    for at in 0..sound.len() {
        let mut changed = sound.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(&file, &changed).expect("written");
        match desk.load() {
            Found::Nothing => panic!("byte {at}: it is there"),
            Found::Unfit(_, witness) => {
                ignored += 1;
                witnesses += usize::from(witness.is_some());
            }
            Found::Whole(_, mut state) => {
                let mut harmed = 0;
                for (id, expected) in desk.whole.streams() {
                    match state.warm(id) {
                        Ok(()) => assert_eq!(state.stream(id), Some(expected), "byte {at}"),
                        Err(_) => harmed += 1,
                    }
                }
                assert!(harmed > 0, "byte {at} means nothing?");
                unreadable += 1;
            }
        }
    }
    assert!(unreadable > 1_000, "{unreadable} bytes of cold blocks");
    assert!(ignored > 500 && witnesses > 100, "{ignored}, {witnesses}");
}

#[tokio::test]
async fn part_of_a_file_is_never_believed() {
    let desk = busy_desk().await;
    let file = desk.directory().file(PARTITION);
    let sound = std::fs::read(&file).expect("a file");
    for length in 0..sound.len() {
        std::fs::write(&file, &sound[..length]).expect("written");
        let found = desk.load();
        assert!(
            matches!(found, Found::Unfit(..)),
            "{length} bytes: {found:?}"
        );
    }
}

#[tokio::test]
async fn another_format_is_ignored_and_says_so() {
    let desk = busy_desk().await;
    let file = desk.directory().file(PARTITION);
    let mut bytes = std::fs::read(&file).expect("a file");
    bytes[MAGIC.len()] += 1;
    std::fs::write(&file, &bytes).expect("written");
    let found = desk.load();
    let Found::Unfit(unfit, None) = found else {
        panic!("{found:?}");
    };
    let why = "it has format 5, and this version reads 4";
    assert_eq!(unfit.to_string(), why);
}

#[tokio::test]
async fn nothing_is_made_of_a_ticket_that_cannot_be_read() {
    let mut desk = busy_desk().await;
    desk.adopt();
    let cold = StreamId::Ticket(ticket(5));
    assert!(desk.state.stream(cold).is_none());
    assert!(peek(&desk.state, cold).is_some());
    // The disk breaks under a running process.
    let file = desk.directory().file(PARTITION);
    let mut bytes = std::fs::read(&file).expect("a file");
    bytes[20..].fill(0);
    std::fs::write(&file, &bytes).expect("written in place");
    let refused = desk.state.warm(cold).expect_err("its block is zeros");
    assert!(refused.to_string().contains("delete that file and restart"));
    assert!(desk.state.stream(cold).is_none());
}
