//! What a writer sends while the log is away, on a clock that stands still.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use docket_schemas::control::Barrier;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::{PartitionWriter, WriterConfig};
use crate::cursor::{Cursor, Partition, Place};
use crate::error::Error;
use crate::memory::{MemoryLog, MemoryStore};
use crate::port::{EventLog, Log, LogIdentity, RawReader};
use crate::reader::Reader;
use crate::record::{Draft, Record};

const P: Partition = Partition(0);

/// A log whose broker has gone: what is sent to it waits, and fails when the client gives up.
#[derive(Debug)]
struct Away {
    log: Log,
    sent: Mutex<Vec<String>>,
    given_up: Arc<Notify>,
}

impl EventLog for Away {
    fn identity(&self) -> &LogIdentity {
        self.log.identity()
    }

    fn append(
        &self,
        partition: Partition,
        records: Vec<Record>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let kinds = records.iter().map(|record| record.kind().to_owned());
        let mut sent = self.sent.lock().unwrap();
        sent.extend(kinds);
        assert!(sent.len() < 10, "it sends and sends");
        let given_up = Arc::clone(&self.given_up);
        async move {
            given_up.notified().await;
            let source = "the broker is away".into();
            Err(Error::AppendUnknown { partition, source })
        }
        .boxed()
    }

    fn tail(&self, from: &[Cursor]) -> BoxFuture<'_, Result<Vec<Box<dyn RawReader>>, Error>> {
        let from = from.to_vec();
        async move { self.log.tail(&from).await }.boxed()
    }

    fn end(&self, partition: Partition) -> BoxFuture<'_, Result<Place, Error>> {
        self.log.end(partition)
    }
}

/// Lets the writer work for as long as anybody could want.
async fn wait(writer: &mut PartitionWriter) {
    let hour = Duration::from_hours(1);
    timeout(hour, writer.next())
        .await
        .expect_err("nothing can be read");
}

#[tokio::test(start_paused = true)]
async fn while_the_log_is_away_nothing_queues_up_behind_what_was_sent() {
    let store = MemoryStore::new(1);
    let log: Log = Arc::new(MemoryLog::open(&store, 1).await.unwrap());
    let start = Cursor::start(log.identity().log_id, P);
    let mut reader = Reader::open(&log, &[start]).await.unwrap().pop().unwrap();
    reader.next().await.unwrap();
    let away = Arc::new(Away {
        log,
        sent: Mutex::default(),
        given_up: Arc::default(),
    });
    let sent = || away.sent.lock().unwrap().clone();
    let mut writer = PartitionWriter::new(away.clone(), reader, WriterConfig::default());
    writer
        .start_append(vec![Draft {
            kind: "docket.ticket.tested.v1",
            key: "ticket-1".into(),
            time: "2026-11-21T08:00:00Z".parse().unwrap(),
            attributes: Vec::new(),
            traceparent: None,
            data: "{}".into(),
        }])
        .unwrap();

    wait(&mut writer).await;
    assert_eq!(sent(), ["docket.ticket.tested.v1"]);

    for barriers in 1..=3 {
        away.given_up.notify_waiters();
        wait(&mut writer).await;
        assert_eq!(sent()[1..], vec![Barrier::TYPE; barriers]);
    }
}
