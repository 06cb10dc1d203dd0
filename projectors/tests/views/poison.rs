//! A record that can't be applied holds up its own stream and nothing else.

use bytes::Bytes;
use docket_domain::TicketEvent;
use docket_domain::consultant::ConsultantEvent;
use docket_domain::customer::CustomerEvent;
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_event_log::{Draft, Partition};
use serde_json::Value;
use uuid::Uuid;

use crate::random::{Random, known, open, person};
use crate::setting::{Setting, draft, rows};
use crate::stories::context;

const SICK_ID: TicketId = TicketId(Uuid::from_u128(0x51c));
const WELL_ID: TicketId = TicketId(Uuid::from_u128(0x3e11));
const SICK: StreamId = StreamId::Ticket(SICK_ID);
const WELL: StreamId = StreamId::Ticket(WELL_ID);

fn opening(number: u64) -> Event {
    TicketEvent::Opened(Box::new(open(&mut Random(number), number))).into()
}

fn comment(number: u128) -> Event {
    let comment = TicketEvent::CommentAdded {
        comment: docket_domain::ids::CommentId(Uuid::from_u128(number)),
        visibility: docket_domain::command::Visibility::Public,
        text: known("Kommt jemand?"),
    };
    comment.into()
}

fn one(id: StreamId, hour: i64, event: &Event) -> (Partition, Draft) {
    (Partition(0), draft(id, context(hour), event))
}

fn of<'a>(rows: &'a [Value], field: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[field]).collect()
}

/// The poison, then more of both streams, in one batch and in later ones; a restart in between.
async fn parks_one_stream(poison: Draft, error: &str) {
    let mut setting = Setting::memory(1).await;
    setting
        .append_drafts(vec![
            one(SICK, 0, &opening(1)),
            one(WELL, 0, &opening(2)),
            (Partition(0), poison),
            one(SICK, 2, &comment(1)),
            one(WELL, 2, &comment(2)),
        ])
        .await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    setting
        .append_drafts(vec![one(SICK, 3, &comment(3)), one(WELL, 3, &comment(4))])
        .await;
    setting.caught_up(1).await;
    projector.stop().await;
    let projector = setting.project(1);
    setting
        .append_drafts(vec![one(WELL, 4, &comment(5)), one(SICK, 4, &comment(6))])
        .await;
    setting.caught_up(1).await;
    assert!(projector.health.ready().is_ok(), "all others go on");
    projector.stop().await;

    let tickets = rows(&view, "ticket", "id").await;
    assert_eq!(
        of(&tickets, "id"),
        [&SICK_ID.to_string(), &WELL_ID.to_string()]
    );
    assert_eq!(of(&tickets, "version"), [&1, &4], "{tickets:#?}");

    let parked = rows(&view, "parked_stream", "stream").await;
    assert_eq!(of(&parked, "stream"), [&SICK.to_string()]);
    assert_eq!(of(&parked, "since_sequence"), [&3]);
    let said = parked[0]["error"].as_str().expect("a text");
    assert!(said.contains(error), "{said}");

    let letters = rows(&view, "dead_letter", "sequence").await;
    assert_eq!(of(&letters, "sequence"), [&3, &4, &6, &9], "in order");
    assert_eq!(letters[0]["error"], parked[0]["error"]);
    assert!(letters[1]["error"].is_null(), "it only follows");
}

#[tokio::test]
async fn a_payload_from_the_future_parks_its_stream() {
    let mut poison = draft(SICK, context(1), &comment(9));
    poison.data = Bytes::from_static(br#"{"text":"x","mood":"new in v2"}"#);
    parks_one_stream(poison, "").await;
}

#[tokio::test]
async fn an_unknown_type_parks_its_stream() {
    let mut poison = draft(SICK, context(1), &comment(9));
    poison.kind = "docket.ticket.teleported.v1";
    parks_one_stream(poison, "docket.ticket.teleported.v1").await;
}

#[tokio::test]
async fn an_event_that_fits_no_state_parks_its_stream() {
    parks_one_stream(one(SICK, 1, &opening(3)).1, "opened a second time").await;
}

#[tokio::test]
async fn a_missing_attribute_parks_its_stream() {
    let mut poison = draft(SICK, context(1), &comment(9));
    poison.attributes.retain(|(name, _)| *name != "actor");
    parks_one_stream(poison, "actor").await;
}

/// Postgres knows no such day; the log does.
#[tokio::test]
async fn what_only_the_database_refuses_parks_its_stream() {
    let mut long_ago = context(1);
    long_ago.occurred_at = "-005000-01-01T00:00:00Z".parse().expect("a time");
    parks_one_stream(draft(SICK, long_ago, &comment(9)), "").await;
}

#[tokio::test]
async fn a_number_that_is_taken_parks_the_second_ticket() {
    let mut setting = Setting::memory(1).await;
    let later = TicketEvent::Assigned {
        consultant: person(1),
        decision: None,
    }
    .into();
    setting
        .append_drafts(vec![
            one(WELL, 0, &opening(2)),
            one(SICK, 0, &opening(2)),
            one(SICK, 1, &later),
            one(WELL, 1, &later),
        ])
        .await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;
    let tickets = rows(&view, "ticket", "id").await;
    assert_eq!(of(&tickets, "id"), [&WELL_ID.to_string()]);
    assert_eq!(of(&tickets, "version"), [&2]);
    let letters = rows(&view, "dead_letter", "sequence").await;
    assert_eq!(of(&letters, "sequence"), [&2, &3]);
}

/// No writer of ours puts a stream anywhere but in its own partition. If another one did, no
/// partition may stand still for it.
#[tokio::test]
async fn a_stream_that_is_bad_in_two_partitions_is_parked_in_both() {
    let mut setting = Setting::memory(2).await;
    let never_opened = |partition| (Partition(partition), one(SICK, 1, &comment(1)).1);
    setting
        .append_drafts(vec![never_opened(0), never_opened(1)])
        .await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;
    let parked = rows(&view, "parked_stream", "partition").await;
    assert_eq!(of(&parked, "partition"), [&0, &1]);
    let letters = rows(&view, "dead_letter", "partition").await;
    assert_eq!(of(&letters, "partition"), [&0, &1]);
}

#[tokio::test]
async fn streams_of_other_kinds_are_not_ours() {
    let mut setting = Setting::memory(1).await;
    let mut other = draft(SICK, context(0), &comment(1));
    other.key = Bytes::from_static(b"survey-51c-1");
    other.kind = "docket.survey.answered.v1";
    setting
        .append_drafts(vec![(Partition(0), other), one(WELL, 0, &opening(2))])
        .await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 1);
    assert!(rows(&view, "dead_letter", "sequence").await.is_empty());
}

/// One each: what no stream of its kind can have, and a key that is of a kind but no stream's.
#[tokio::test]
async fn streams_of_every_kind_are_parked_for_what_does_not_fit_them() {
    let mut setting = Setting::memory(1).await;
    let somebody = PersonId(Uuid::from_u128(0x51c));
    let of_nobody = ConsultantEvent::Retired.into();
    let erased = CustomerEvent::Erased.into();
    let mut unreadable = draft(SICK, context(0), &of_nobody);
    unreadable.key = Bytes::from_static(b"customer-51C");
    setting
        .append_drafts(vec![
            one(StreamId::Consultant(somebody), 0, &of_nobody),
            one(StreamId::Customer(somebody), 0, &erased),
            one(StreamId::Catalogue, 0, &comment(1)),
            (Partition(0), unreadable),
            one(WELL, 0, &opening(2)),
        ])
        .await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    projector.stop().await;
    assert_eq!(rows(&view, "ticket", "id").await.len(), 1);
    let parked = rows(&view, "parked_stream", "since_sequence").await;
    let told: Vec<String> = parked
        .iter()
        .map(|row| format!("{}: {}", row["stream"], row["error"]).replace('"', ""))
        .collect();
    assert_eq!(
        told,
        [
            format!("consultant-{somebody}: an event of somebody who was never registered"),
            format!("customer-{somebody}: an event of somebody who was never registered"),
            "catalogue: an event that its stream can't have".to_owned(),
            "customer-51C: the record's key is not that of a stream".to_owned(),
        ]
    );
    assert_eq!(rows(&view, "dead_letter", "sequence").await.len(), 4);
}
