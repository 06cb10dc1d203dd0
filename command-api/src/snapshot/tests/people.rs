//! People live in memory and in the snapshot's rows, for as long as anything is known of them; how
//! long what they were told is kept follows from how they are.

use docket_domain::Role;
use docket_domain::consultant::ConsultantCommand;
use docket_domain::customer::CustomerCommand;
use docket_domain::stream::StreamId;

use super::asks::{ask_of, consultant, customer, entries, no_surveys, profile, registration};
use super::desk::{Desk, peek};
use crate::partition::command::Request;

fn by_ada(mut request: Request) -> Request {
    request.actor.role = Role::Administrator;
    request
}

async fn shop() -> Desk {
    let mut desk = Desk::new().await;
    desk.tell(0, ask_of(1, consultant(1), profile(1))).await;
    desk.tell(0, ask_of(2, consultant(2), profile(1))).await;
    desk.tell(0, ask_of(3, consultant(2), ConsultantCommand::Retire))
        .await;
    desk.tell(0, ask_of(4, customer(1), registration())).await;
    desk.tell(0, ask_of(5, customer(2), registration())).await;
    desk.tell(0, by_ada(ask_of(6, customer(2), CustomerCommand::Erase)))
        .await;
    // Only refused: there is nobody.
    desk.tell(0, ask_of(7, customer(3), no_surveys())).await;
    let [entry, ..] = entries();
    desk.tell(0, by_ada(ask_of(8, StreamId::Catalogue, entry)))
        .await;
    desk
}

#[tokio::test]
async fn what_was_told_is_kept_as_long_as_somebody_is_there() {
    let mut desk = shop().await;
    desk.pass(3).await;
    desk.catch_up();
    let kept = |desk: &Desk, id| peek(&desk.state, id).map(|stream| !stream.outcomes.is_empty());
    assert_eq!(kept(&desk, consultant(1)), Some(true));
    assert_eq!(kept(&desk, customer(1)), Some(true));
    assert_eq!(kept(&desk, StreamId::Catalogue), Some(true));
    assert_eq!(kept(&desk, consultant(2)), Some(false), "retired");
    assert_eq!(kept(&desk, customer(2)), Some(false), "erased");
    assert_eq!(kept(&desk, customer(3)), None, "there never was anybody");
}

#[tokio::test]
async fn nobody_but_tickets_leaves_memory() {
    let mut desk = shop().await;
    desk.pass(40).await;
    desk.catch_up();
    desk.snapshot().await;
    desk.adopt();
    assert_eq!((desk.in_memory(), desk.cold_streams()), (5, 0));
    desk.restart().await;
    assert_eq!((desk.in_memory(), desk.cold_streams()), (5, 0));
    desk.agrees();
}
