//! A newer version writes what this one can't decode: it holds up its own stream, in the views that
//! show it, and nothing else.

use std::sync::Arc;

use docket_agreement::View;
use docket_domain::command::Origin;
use docket_domain::ids::PersonId;
use docket_domain::{Actor, EventContext};
use docket_event_log::{Cursor, Draft, Partition, PartitionWriter, Reader, WriterConfig};
use docket_schemas::attributes::{CommandDigest, CommandId, EventAttributes};
use docket_schemas::stream;
use docket_service::auth::Role;
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_nobody_understands_holds_up_itself_and_nobody_else() {
    let mut shop = Shop::open().await;
    let ticket = shop.open_ticket(1).await;
    let served = shop.trade(2).await;
    let paul = Shop::person("paul");
    let streams = [
        (format!("ticket-{ticket}"), "docket.ticket.teleported.v1"),
        (format!("customer-{paul}"), "docket.customer.adopted.v1"),
        (
            format!("survey-{}-1", served[0]),
            "docket.survey.doubted.v1",
        ),
        ("catalogue".to_owned(), "docket.catalogue.gilded.v1"),
    ];
    for (key, kind) in &streams {
        append(&shop, key, kind).await;
    }
    let comment = json!({"text": "Anybody there?", "visibility": "public"});
    let path = format!("tickets/{ticket}/comments");
    let refused = shop.post(("mia", Role::Manager), &path, &comment);
    let refused = refused.send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);

    // What is appended after it waits in the dead letters, in order: `follows` compares them.
    append(&shop, &streams[0].0, streams[0].1).await;
    shop.trade(6).await;
    shop.views.all_follow().await;
    for view in View::ALL {
        let parked = shop.views.count(view, "parked_stream").await;
        assert!(parked > 0, "{view:?}");
    }
    // Who comes anew finds the same.
    for view in View::ALL {
        shop.views.stop(view).await;
        shop.views.drop(view).await;
        shop.views.project(view);
    }
    shop.views.all_follow().await;
    shop.everybody_is_told().await;
    shop.close().await;
}

/// A valid record of that stream, of a type that nobody here knows.
async fn append(shop: &Shop, key: &str, kind: &'static str) {
    let log = &shop.log;
    let number = stream::partition_of(key.as_bytes(), log.identity().partitions);
    let start = Cursor::start(log.identity().log_id, Partition(number));
    let mut readers = Reader::open(log, &[start]).await.expect("the log opens");
    let reader = readers.remove(0);
    let end = log.end(reader.partition()).await.expect("an end");
    let mut writer = PartitionWriter::new(Arc::clone(log), reader, WriterConfig::default());
    while !writer.cursor().has_reached(end) {
        writer.next().await.expect("the log can be read");
    }
    let attributes = EventAttributes {
        context: EventContext {
            actor: Actor {
                id: PersonId(Shop::person("mia")),
                role: docket_domain::Role::Manager,
            },
            occurred_at: jiff::Timestamp::now(),
            origin: Origin::Live,
            source_sequence: None,
        },
        command_id: CommandId(Uuid::new_v4().into_bytes()),
        command_digest: CommandDigest([7; 8]),
    };
    loop {
        let poison = Draft {
            kind,
            key: key.to_owned().into(),
            time: jiff::Timestamp::now(),
            attributes: attributes.to_pairs(),
            traceparent: None,
            data: format!(r#"{{"{}":1}}"#, Uuid::new_v4()).into(),
        };
        writer.start_append(vec![poison]).expect("it is sent");
        let settled = loop {
            let step = writer.next().await.expect("the log can be read");
            if let Some(settled) = step.settled {
                break settled;
            }
        };
        // The command API may have been faster.
        if settled.won == 1 {
            return;
        }
    }
}
