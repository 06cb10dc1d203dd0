//! Parked streams set going again after a fix: in order, once, and beside projectors at work.

use docket_domain::TicketEvent;
use docket_domain::command::Visibility;
use docket_domain::ids::{CommentId, TicketId};
use docket_domain::stream::{Event, StreamId};
use docket_projectors::read_model::{self, Error};
use sqlx::PgPool;
use uuid::Uuid;

use crate::random::{Random, history, known, mixed, open};
use crate::setting::{Setting, contents, draft, rows};
use crate::stories::context;

const SICK: StreamId = StreamId::Ticket(TicketId(Uuid::from_u128(0x51c)));
const WELL: StreamId = StreamId::Ticket(TicketId(Uuid::from_u128(0x3e11)));

fn opening(number: u64) -> Event {
    TicketEvent::Opened(Box::new(open(&mut Random(number), number))).into()
}

fn comment(number: u128) -> Event {
    let comment = TicketEvent::CommentAdded {
        comment: CommentId(Uuid::from_u128(number)),
        visibility: Visibility::Public,
        text: known("Kommt jemand?"),
    };
    comment.into()
}

/// A mistake of an operator's, which makes the database refuse some rows.
async fn break_the_view(view: &PgPool, check: &str) {
    let sql = format!("ALTER TABLE timeline ADD CONSTRAINT mistake CHECK ({check})");
    let done = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(view).await;
    done.expect("no such row is there yet");
}

async fn mend_the_view(view: &PgPool) {
    let mended = sqlx::query("ALTER TABLE timeline DROP CONSTRAINT mistake");
    mended.execute(view).await.expect("it was there");
}

async fn nothing_waits(view: &PgPool) {
    assert!(rows(view, "parked_stream", "stream").await.is_empty());
    assert!(rows(view, "dead_letter", "sequence").await.is_empty());
}

/// Held against a generation that was never broken.
async fn same_as_never_broken(setting: &Setting, view: &PgPool) {
    let whole = setting.project(2);
    let expected = setting.caught_up(2).await;
    whole.stop().await;
    assert_eq!(contents(view).await, contents(&expected).await);
}

#[tokio::test]
async fn after_the_fix_a_stream_catches_up_and_follows_the_log_again() {
    let mut setting = Setting::postgres().await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    break_the_view(
        &view,
        "version <> 2 OR ticket_id <> '00000000-0000-0000-0000-00000000051c'",
    )
    .await;
    setting
        .append([
            (SICK, context(0), opening(1)),
            (WELL, context(0), opening(2)),
        ])
        .await;
    // More than one transaction takes.
    let talk = (0..1_200).map(|n| (SICK, context(1), comment(n)));
    setting.append(talk).await;
    setting.caught_up(1).await;
    setting.append([(SICK, context(1), comment(1_200))]).await;
    setting.caught_up(1).await;

    let parked = read_model::parked(&setting.config(1))
        .await
        .expect("a view");
    let [stream] = &parked.list().await.expect("readable")[..] else {
        panic!("one stream is parked");
    };
    assert_eq!(
        (stream.stream.clone(), stream.letters),
        (SICK.to_string(), 1_201)
    );
    assert_eq!(stream.r#type, "docket.ticket.comment_added.v1");
    let still = parked.redrive(stream.partition, &stream.stream).await;
    let still = still.expect("the database is there");
    assert_eq!(still.applied, 0);
    let why = still.still.expect("nothing was mended");
    assert!(why.contains("mistake"), "{why}");
    assert_eq!(
        parked.list().await.expect("readable")[0].letters,
        1_201,
        "nothing is lost"
    );

    mend_the_view(&view).await;
    let done = parked.redrive(stream.partition, &stream.stream).await;
    let done = done.expect("the database is there");
    assert_eq!((done.applied, done.still), (1_201, None));
    nothing_waits(&view).await;
    let again = parked.redrive(stream.partition, &stream.stream).await;
    assert_eq!(again.expect("the database is there").applied, 0);

    // The projector has been at work all the time, and must not take the stream for parked still.
    setting.append([(SICK, context(2), comment(9_999))]).await;
    setting.caught_up(1).await;
    projector.stop().await;
    nothing_waits(&view).await;
    same_as_never_broken(&setting, &view).await;
}

#[tokio::test]
async fn what_still_cannot_be_applied_stays_with_all_that_follows_it() {
    let mut setting = Setting::postgres().await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    break_the_view(&view, "version <> 2").await;
    setting
        .append([
            (SICK, context(0), opening(1)),
            (SICK, context(1), comment(1)),
            (SICK, context(2), comment(2)),
            (SICK, context(3), opening(3)),
            (SICK, context(4), comment(3)),
        ])
        .await;
    setting.caught_up(1).await;
    mend_the_view(&view).await;

    let parked = read_model::parked(&setting.config(1))
        .await
        .expect("a view");
    let stream = parked.list().await.expect("readable").remove(0);
    let done = parked.redrive(stream.partition, &stream.stream).await;
    let done = done.expect("the database is there");
    assert_eq!(done.applied, 2);
    let why = done.still.expect("it is opened a second time");
    assert!(why.contains("opened a second time"), "{why}");
    let left = parked.list().await.expect("readable").remove(0);
    assert_eq!(left.since_sequence, stream.since_sequence + 2);
    assert_eq!((left.letters, &left.error), (2, &why));
    let letters = rows(&view, "dead_letter", "sequence").await;
    assert!(letters[0]["error"].is_string() && letters[1]["error"].is_null());
    assert_eq!(rows(&view, "timeline", "version").await.len(), 3);

    setting.append([(SICK, context(5), comment(4))]).await;
    setting.caught_up(1).await;
    assert_eq!(
        parked.list().await.expect("readable")[0].letters,
        3,
        "it goes on waiting"
    );
    projector.stop().await;
}

/// Two projectors follow the log, and two operators redrive, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_set_going_while_the_view_is_projected() {
    let mut setting = Setting::postgres().await;
    let pair = [setting.project(1), setting.project(1)];
    let view = setting.caught_up(1).await;
    break_the_view(&view, "version <> 4").await;
    let mut random = Random(11);
    let histories: Vec<_> = (0..25).map(|n| history(&mut random, n, 40)).collect();
    let events = mixed(&histories, &mut random);
    let (before, after) = events.split_at(events.len() / 2);
    setting.append(before.to_vec()).await;
    setting.caught_up(1).await;
    assert!(rows(&view, "parked_stream", "stream").await.len() > 5);

    mend_the_view(&view).await;
    let operators = [(); 2].map(|()| {
        let config = setting.config(1);
        tokio::spawn(async move {
            let parked = read_model::parked(&config).await.expect("a view");
            loop {
                let list = parked.list().await.expect("readable");
                if list.is_empty() {
                    return;
                }
                for it in list {
                    let done = parked.redrive(it.partition, &it.stream).await;
                    assert_eq!(done.expect("the database is there").still, None);
                }
            }
        })
    });
    for some in after.chunks(10) {
        setting.append(some.to_vec()).await;
    }
    for operator in operators {
        operator.await.expect("it ends well");
    }
    setting.caught_up(1).await;
    for projector in pair {
        projector.stop().await;
    }
    nothing_waits(&view).await;
    same_as_never_broken(&setting, &view).await;
}

/// A stream that lies in two partitions, which no writer of ours does, is two parked streams.
#[tokio::test]
async fn a_stream_is_set_going_in_its_own_partition_only() {
    let mut setting = Setting::memory(2).await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    break_the_view(&view, "version <> 2").await;
    let other = StreamId::Ticket(TicketId(Uuid::from_u128(0xbad)));
    for partition in [0, 1] {
        let partition = docket_event_log::Partition(partition);
        let id = if partition.0 == 0 { SICK } else { other };
        setting
            .append_drafts(vec![
                (
                    partition,
                    draft(id, context(0), &opening(u64::from(partition.0) + 1)),
                ),
                (
                    partition,
                    draft(id, context(1), &comment(partition.0.into())),
                ),
            ])
            .await;
    }
    setting.caught_up(1).await;
    mend_the_view(&view).await;
    let parked = read_model::parked(&setting.config(1))
        .await
        .expect("a view");
    let list = parked.list().await.expect("readable");
    let done = parked.redrive(1, &list[0].stream).await;
    assert_eq!(done.expect("the database is there").applied, 0, "not there");
    assert_eq!(parked.list().await.expect("readable"), list);
    projector.stop().await;
}

#[tokio::test]
async fn a_view_that_was_never_made_is_not_made_by_asking() {
    let setting = Setting::memory(1).await;
    let refused = read_model::parked(&setting.config(7)).await;
    assert!(matches!(refused, Err(Error::NoView { schema }) if schema == "read_model_7"));
    let made: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM information_schema.schemata WHERE schema_name = 'read_model_7')",
    )
    .fetch_one(&setting.view(1).await)
    .await
    .expect("readable");
    assert!(!made);
}
