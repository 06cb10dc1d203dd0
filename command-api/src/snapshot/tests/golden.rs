//! The bytes of a snapshot as it is released. If this fails, raise `FORMAT`, name the file after it
//! and write it anew by running the test with `DOCKET_WRITE_GOLDEN=1`; older files are then ignored
//! and built again.

use docket_domain::consultant::ConsultantCommand;
use docket_domain::customer::CustomerCommand;
use docket_domain::stream::{Command, StreamId};
use docket_domain::{Role, TicketCommand};
use docket_event_log::{Cursor, Hash, Head, Incarnation, LogId, Place, Sequence};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::asks::{
    amend, answer, ask, ask_of, assign, by_ann, cancel, close, comment, consultant, customer,
    decline, entries, hold, hours, invite, line, link, no_surveys, open, place, profile,
    registration, reopen, resolve, survey, ticket, work,
};
use super::desk::{Desk, PARTITION};
use crate::snapshot::write::{Contents, write};

/// Every status, every kind of outcome, tickets closed for good, surveys of long ago; every kind of
/// stream.
async fn story() -> Desk {
    let mut desk = Desk::new().await;
    for n in 10..30 {
        desk.tell(0, ask(n, ticket(u128::from(n)), open())).await;
        desk.tell(0, ask(100 + n, ticket(u128::from(n)), cancel()))
            .await;
    }
    for n in [8, 9] {
        desk.tell(1, invite(510 + n, survey(n.into(), 2))).await;
    }
    desk.tell(1, answer(520, survey(9, 2), 1)).await;
    desk.pass(10).await;
    desk.tell(0, ask(200, ticket(1), open())).await;
    for n in 2..=7 {
        let id = ticket(u128::from(n));
        desk.tell(1, ask(200 + n, id, open())).await;
        desk.tell(1, ask(210 + n, id, assign())).await;
    }
    let manager = |n, id, command| ask(n, ticket(id), command);
    for request in [
        by_ann(manager(220, 2, decline())),
        by_ann(manager(221, 3, TicketCommand::Accept)),
        by_ann(manager(222, 3, TicketCommand::StartTravel)),
        by_ann(manager(223, 3, work(1))),
        manager(224, 4, hold()),
        manager(225, 5, resolve()),
        manager(226, 6, resolve()),
        manager(227, 6, close()),
        manager(228, 6, reopen()),
        manager(229, 6, resolve()),
        manager(230, 6, close()),
        manager(231, 7, cancel()),
        manager(232, 1, comment(1)),
        manager(233, 1, link(ticket(2))),
        manager(234, 1, amend("Till 4")),
        manager(235, 1, amend("Till 4")),
        manager(236, 77, assign()),
        line(manager(237, 1, TicketCommand::Resume), 4),
    ] {
        desk.tell(1, request).await;
    }
    for (n, stream, command) in [
        (300, consultant(1), profile(2).into()),
        (301, consultant(1), hours().into()),
        (302, consultant(1), place().into()),
        (303, consultant(2), profile(1).into()),
        (304, consultant(2), ConsultantCommand::Retire.into()),
        (305, consultant(3), hours().into()),
        (306, customer(1), registration().into()),
        (307, customer(2), registration().into()),
        (308, customer(2), no_surveys().into()),
        (309, customer(3), no_surveys().into()),
    ] as [(u16, StreamId, Command); 10]
    {
        desk.tell(1, ask_of(n, stream, command)).await;
    }
    for (n, entry) in (400..).zip(entries()) {
        let mut request = ask_of(n, StreamId::Catalogue, entry);
        request.actor.role = Role::Administrator;
        desk.tell(1, request).await;
    }
    for n in 1..=3 {
        desk.tell(1, invite(500 + n, survey(n.into(), 1))).await;
    }
    desk.tell(1, answer(504, survey(2, 1), 5)).await;
    desk.tell(1, answer(505, survey(4, 1), 5)).await;
    let mut request = ask_of(310, customer(2), CustomerCommand::Erase);
    request.actor.role = Role::Administrator;
    desk.tell(1, request).await;
    desk.claim("replica-1:8080").await;
    desk
}

#[tokio::test]
async fn a_released_snapshot_stays_what_it_is() {
    let desk = story().await;
    let cursor = Cursor {
        log_id: LogId(Uuid::from_u128(7)),
        partition: PARTITION,
        next: Place(90),
        head_at: Place(88),
        head: Some(Head {
            sequence: Sequence(80),
            hash: Hash([5; 32]),
        }),
        incarnation: Incarnation(Uuid::from_u128(8)),
        closed: false,
    };
    let contents = Contents {
        state: &desk.whole,
        cursor: &cursor,
        incarnations: &[Incarnation(Uuid::from_u128(7)), cursor.incarnation],
        now: "2026-02-10T00:00:00Z".parse().expect("a time"),
    };
    write(desk.directory(), &contents, &CancellationToken::new()).expect("written");
    let bytes = std::fs::read(desk.directory().file(PARTITION)).expect("a file");
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/snapshot/tests/format-4.snapshot"
    );
    if std::env::var_os("DOCKET_WRITE_GOLDEN").is_some() {
        std::fs::write(golden, &bytes).expect("written");
    }
    let released = std::fs::read(golden).expect("the released bytes");
    assert!(bytes == released, "see the top of this file");
}
