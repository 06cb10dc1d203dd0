//! Each record has its effect once, whoever projects it and however often they are interrupted.

use docket_agreement::View;
use docket_domain::stream::StreamId;

use crate::random::{History, Random, history, mixed};
use crate::random_people::{catalogue_history, consultant_history, customer_history};
use crate::setting::{Setting, contents, rows};

/// Of so many tickets, of people, and of the catalogue.
fn histories(random: &mut Random, tickets: u64) -> Vec<History> {
    let mut histories: Vec<_> = (0..tickets).map(|n| history(random, n, 40)).collect();
    for n in 0..5 {
        histories.push(consultant_history(random, n, 40));
        histories.push(customer_history(random, n, 40));
    }
    histories.push(catalogue_history(random, 100));
    histories
}

#[tokio::test]
async fn two_projectors_at_once_change_nothing_twice() {
    for mut setting in [Setting::memory(2).await, Setting::postgres().await] {
        let mut random = Random(3);
        let histories = histories(&mut random, 30);
        let events = mixed(&histories, &mut random);
        let pair = [setting.project(1), setting.project(1)];
        for some in events.chunks(25) {
            setting.append(some.to_vec()).await;
        }
        let view = setting.caught_up(1).await;
        for projector in pair {
            projector.stop().await;
        }

        let alone = setting.project(2);
        let expected = setting.caught_up(2).await;
        alone.stop().await;
        assert_eq!(contents(&view).await, contents(&expected).await);
        let lines = rows(&view, "timeline", "ticket_id, version").await;
        let of_tickets = events
            .iter()
            .filter(|(id, ..)| matches!(id, StreamId::Ticket(_)));
        assert_eq!(lines.len(), of_tickets.count());
        assert!(rows(&view, "parked_stream", "stream").await.is_empty());
        setting.agrees(View::ReadModel, 1).await;
    }
}

#[tokio::test]
async fn a_projector_that_starts_again_goes_on_where_it_was() {
    let mut setting = Setting::postgres().await;
    let mut random = Random(4);
    let histories = histories(&mut random, 20);
    let events = mixed(&histories, &mut random);
    for some in events.chunks(events.len() / 4) {
        setting.append(some.to_vec()).await;
        // Stopped in the middle of whatever it does.
        let hasty = setting.project(1);
        tokio::task::yield_now().await;
        hasty.stop().await;
        let projector = setting.project(1);
        setting.caught_up(1).await;
        projector.stop().await;
    }

    let whole = setting.project(2);
    let expected = setting.caught_up(2).await;
    whole.stop().await;
    let view = setting.view(1).await;
    assert_eq!(contents(&view).await, contents(&expected).await);
}

#[tokio::test]
async fn one_event_alone_is_visible_at_once_and_so_is_a_backlog_in_small_batches() {
    let mut setting = Setting::memory(1).await;
    let mut random = Random(5);
    let histories: Vec<_> = (0..5).map(|n| history(&mut random, n, 40)).collect();
    let mut small = setting.config(1);
    small.batch_records_max = 1;
    let projector = setting.project_with(small);
    for event in mixed(&histories, &mut random).into_iter().take(20) {
        setting.append([event]).await;
        let view = setting.caught_up(1).await;
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(sequence) FROM timeline")
            .fetch_one(&view)
            .await
            .expect("the table is there");
        let checkpoint: Option<i64> = sqlx::query_scalar("SELECT sequence FROM checkpoint")
            .fetch_one(&view)
            .await
            .expect("the table is there");
        assert_eq!(newest, checkpoint);
    }
    projector.stop().await;
}

#[tokio::test]
async fn small_batches_keep_their_distance_and_large_ones_none() {
    let mut setting = Setting::memory(1).await;
    let mut random = Random(6);
    let histories: Vec<_> = (0..40).map(|n| history(&mut random, n, 40)).collect();
    let mut events = mixed(&histories, &mut random).into_iter();
    setting.append(events.by_ref().take(300)).await;
    let mut seldom = setting.config(1);
    seldom.commit_interval_ms = 3_600_000;
    let (seldom, often) = (setting.project_with(seldom), setting.project(2));
    setting.caught_up(1).await;
    setting.append(events.by_ref().take(1)).await;
    setting.caught_up(1).await;

    setting.append(events.by_ref().take(1)).await;
    setting.caught_up(2).await;
    let checkpoint = async |generation| -> i64 {
        let query = sqlx::query_scalar("SELECT next FROM checkpoint");
        let next = query.fetch_one(&setting.view(generation).await).await;
        next.expect("it is there")
    };
    assert_eq!(checkpoint(1).await + 1, checkpoint(2).await);
    seldom.stop().await;
    often.stop().await;
}
