//! Clients that open tickets until they are told to stop, and what the log says of it afterwards.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use docket_event_log::{Cursor, Log, Partition, Reader};
use docket_tests::Site;
use tokio::task::JoinSet;
use uuid::Uuid;

const CLIENTS: usize = 16;

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    opened: Arc<AtomicU32>,
    sent_away: Arc<AtomicU32>,
    clients: JoinSet<Vec<Uuid>>,
}

impl Load {
    pub(crate) fn start(site: &Arc<Site>) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            opened: Arc::default(),
            sent_away: Arc::default(),
            clients: JoinSet::new(),
        };
        for client in 0..CLIENTS {
            let (site, stop) = (Arc::clone(site), Arc::clone(&load.stop));
            let (opened, sent_away) = (Arc::clone(&load.opened), Arc::clone(&load.sent_away));
            load.clients.spawn(async move {
                let mut tickets = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let key = format!("{client}-{}", tickets.len());
                    let (ticket, times) = site.open_for_certain(&key).await;
                    opened.fetch_add(1, Ordering::Relaxed);
                    sent_away.fetch_add(times, Ordering::Relaxed);
                    tickets.push(ticket);
                }
                tickets
            });
        }
        load
    }

    /// Waits until so many more tickets have been acknowledged.
    pub(crate) async fn goes_on(&self, more: u32) {
        let enough = self.opened.load(Ordering::Relaxed) + more;
        until("tickets are opened", async || {
            self.opened.load(Ordering::Relaxed) >= enough
        })
        .await;
    }

    /// How often a client was sent away, so far.
    pub(crate) fn sent_away(&self) -> u32 {
        self.sent_away.load(Ordering::Relaxed)
    }

    /// Lets every client be told the outcome of its last command.
    pub(crate) async fn stop(self) -> Vec<Uuid> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients
            .join_all()
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

/// How many events each ticket's stream has in the log, read from its start to its end.
pub(crate) async fn events(log: &Log) -> HashMap<Uuid, usize> {
    let identity = log.identity();
    let start: Vec<_> = (0..identity.partitions)
        .map(|partition| Cursor::start(identity.log_id, Partition(partition)))
        .collect();
    let mut events = HashMap::new();
    for mut reader in Reader::open(log, &start)
        .await
        .expect("the log can be read")
    {
        let end = log
            .end(reader.partition())
            .await
            .expect("the log has an end");
        while !reader.cursor().has_reached(end) {
            for record in reader.next().await.expect("the log can be read").records {
                if let Some(ticket) = docket_schemas::stream::parse_ticket(&record.key) {
                    *events.entry(ticket.0).or_default() += 1;
                }
            }
        }
    }
    events
}

/// Every acknowledged ticket is in the log, once, and no other is.
pub(crate) async fn each_is_in_the_log_once(log: &Log, acknowledged: &[Uuid]) {
    let events = events(log).await;
    for ticket in acknowledged {
        assert_eq!(events.get(ticket), Some(&1), "ticket {ticket}");
    }
    assert_eq!(
        events.len(),
        acknowledged.len(),
        "tickets nobody was told of"
    );
}

/// Waits for something that is going to happen.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let patience = std::time::Duration::from_mins(1);
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(patience, waiting).await.is_ok(),
        "in vain: {what}"
    );
}

/// How many tickets the read model has.
pub(crate) async fn in_view(url: &str) -> i64 {
    count(url, "read_model_1.ticket").await
}

/// How many rows there are; -1 as long as there is no such table or no server.
pub(crate) async fn count(url: &str, rows: &'static str) -> i64 {
    let Ok(mut connection) = <sqlx::PgConnection as sqlx::Connection>::connect(url).await else {
        return -1;
    };
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {rows}")))
        .fetch_one(&mut connection)
        .await
        .unwrap_or(-1)
}
