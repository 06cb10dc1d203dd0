//! Consultants, customers and the catalogue: their rows are what the domain makes of the events.

use docket_agreement::View;
use docket_domain::consultant::{Consultant, ConsultantEvent};
use docket_domain::customer::CustomerEvent;
use docket_domain::stream::{Aggregate, Event};
use docket_domain::text::Personal;
use serde_json::json;

use crate::random::{History, Random, history, mixed};
use crate::random_people::{catalogue_history, consultant_history, customer_history};
use crate::setting::{Setting, contents, rows};

#[tokio::test]
async fn rows_are_a_fold_of_the_log_the_same_in_every_generation() {
    let mut setting = Setting::memory(4).await;
    let mut random = Random(11);
    let mut histories = vec![catalogue_history(&mut random, 120)];
    for count in 0..40 {
        let length = 1 + random.below(40) as usize;
        histories.push(consultant_history(&mut random, count, length));
        histories.push(customer_history(&mut random, count, length));
        histories.push(history(&mut random, count, 5));
    }
    let events = mixed(&histories, &mut random);
    let projector = setting.project(1);
    // In many batches: what one put in, a later one takes out.
    for some in events.chunks(events.len() / 12) {
        setting.append(some.to_vec()).await;
        setting.caught_up(1).await;
    }
    let view = setting.view(1).await;
    projector.stop().await;

    let counted = setting.agrees(View::ReadModel, 1).await;
    assert_eq!([counted["consultant"], counted["customer"]], [40, 40]);
    assert!(counted["catalogue_entry"] > 9, "too few entries");
    let gone = |sql| sqlx::query_scalar::<_, i64>(sql).fetch_one(&view);
    let retired = gone("SELECT count(*) FROM consultant WHERE retired").await;
    let erased = gone("SELECT count(*) FROM customer WHERE erased_at IS NOT NULL").await;
    for count in [retired, erased] {
        assert!(
            (3..=37).contains(&count.expect("a count")),
            "too few or too many are gone"
        );
    }
    assert!(rows(&view, "parked_stream", "stream").await.is_empty());

    let at_once = setting.project(2);
    let again = setting.caught_up(2).await;
    at_once.stop().await;
    assert_eq!(contents(&view).await, contents(&again).await);
}

/// Its key is destroyed with an erasure: whoever reads the log from then on meets nothing personal
/// of them any more, and comes to the same view.
#[tokio::test]
async fn an_erasure_leaves_nothing_and_a_rebuild_without_the_key_is_the_same() {
    let mut random = Random(12);
    let histories: Vec<History> = (0..60)
        .map(|count| customer_history(&mut random, count, 50))
        .filter(|history| {
            matches!(
                history.events.last(),
                Some((_, Event::Customer(CustomerEvent::Erased)))
            )
        })
        .collect();
    assert!(histories.len() > 9);
    let mut views = Vec::new();
    for keys_are_destroyed in [false, true] {
        let mut setting = Setting::memory(1).await;
        let events = mixed(&histories, &mut Random(1)).into_iter();
        let events = events.map(|(id, context, event)| match event {
            Event::Customer(event) if keys_are_destroyed => {
                (id, context, Event::Customer(without_key(event)))
            }
            event => (id, context, event),
        });
        setting.append(events).await;
        let projector = setting.project(1);
        let view = setting.caught_up(1).await;
        projector.stop().await;
        views.push(rows(&view, "customer", "id").await);
    }
    assert_eq!(views[0], views[1]);
    for row in &views[0] {
        let kept = row.as_object().expect("a row").iter();
        let kept: Vec<&str> = kept
            .filter(|(name, value)| !value.is_null() && !name.ends_with("_key"))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            kept,
            [
                "erased",
                "erased_at",
                "id",
                "partition",
                "registered_at",
                "updated_at",
                "version"
            ]
        );
        assert_eq!(row["name_key"], "", "{row:#}");
        assert!(row["phone_key"].is_null() && row["email_key"].is_null());
    }
}

fn without_key(event: CustomerEvent) -> CustomerEvent {
    fn gone<T>(value: &mut Personal<T>) {
        *value = Personal::Erased;
    }
    match event {
        CustomerEvent::Registered(mut registration) => {
            gone(&mut registration.name);
            registration.phone.iter_mut().for_each(gone);
            registration.email.iter_mut().for_each(gone);
            CustomerEvent::Registered(registration)
        }
        CustomerEvent::ContactChanged(mut change) => {
            change.name.iter_mut().for_each(gone);
            change.phone.iter_mut().flatten().for_each(gone);
            change.email.iter_mut().flatten().for_each(gone);
            CustomerEvent::ContactChanged(change)
        }
        event @ (CustomerEvent::PreferencesChanged(_) | CustomerEvent::Erased) => event,
    }
}

#[tokio::test]
async fn who_retires_keeps_a_name_and_who_comes_back_starts_anew() {
    let mut setting = Setting::memory(1).await;
    let mut random = Random(13);
    // Until the last event is a return of somebody who had hours and a place before.
    let history = (0..)
        .map(|count| consultant_history(&mut random, count, 60))
        .find_map(|mut history| {
            let back = history.events.iter().rposition(|(_, event)| {
                matches!(event, Event::Consultant(ConsultantEvent::Registered(_)))
            })?;
            let before = &history.states[back.checked_sub(2)?];
            let Aggregate::Consultant(Consultant::Registered(was)) = before else {
                return None;
            };
            let equipped = was.hours.is_some() && was.place.is_some();
            equipped.then(|| {
                history.events.truncate(back + 1);
                history
            })
        })
        .expect("there is one");
    let (last, before) = history.events.split_last().expect("events");
    let append = |(context, event): &(_, Event)| (history.id, Clone::clone(context), event.clone());
    setting.append(before.iter().map(append)).await;
    let projector = setting.project(1);
    let view = setting.caught_up(1).await;
    let retired = rows(&view, "consultant", "id").await.remove(0);
    assert_eq!(retired["retired"], true);
    assert_eq!(retired["availability"], "away");
    assert!(retired["hours"].is_null() && retired["place"].is_null());
    assert!(!retired["capacity"].is_null());

    setting.append([append(last)]).await;
    setting.caught_up(1).await;
    projector.stop().await;
    let back = rows(&view, "consultant", "id").await.remove(0);
    assert_eq!(back["retired"], false);
    assert_eq!(back["version"], json!(history.events.len()));
    assert!(back["hours"].is_null() && back["place"].is_null());
    assert_eq!(back["registered_at"], back["updated_at"]);
}
