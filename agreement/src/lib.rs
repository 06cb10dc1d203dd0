//! Whether the views agree with the log: every row and every column of each, against a fold of the
//! log from its start that is written another way than the projectors'.
//!
//! Where a projector makes the next row of the last one and an event, here a row is a function of
//! its stream's whole history, and of the state that the domain's `evolve` makes of it. A view is
//! held to the log as far as its own checkpoints say, so it may be compared at any moment, while
//! events go on; [`caught_up`] waits until they are all there. For tests: what doesn't agree
//! panics, with what was expected.

mod catalogue;
mod consultant;
mod customer;
mod fold;
mod history;
mod kept;
mod log;
mod notification;
mod outbox;
mod routing;
mod rows;
mod survey;
mod ticket;
mod timeline;
mod told;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use docket_event_log::{Log, Partition};
use sqlx::postgres::{PgConnection, PgPool};

use fold::Expected;

/// The views.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named as their projectors")]
pub enum View {
    ReadModel,
    Routing,
    Survey,
    Outbox,
}

/// How many rows there are, by table.
pub type Counted = BTreeMap<&'static str, usize>;

/// Past this, a view is taken not to catch up.
const DEADLINE: Duration = Duration::from_mins(2);

impl View {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ReadModel, Self::Routing, Self::Survey, Self::Outbox];

    /// Its name, of which its schema's is made.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadModel => "read_model",
            Self::Routing => "routing",
            Self::Survey => "survey",
            Self::Outbox => "outbox",
        }
    }

    /// Of which streams it is made: what their keys begin with.
    const fn made_of(self) -> &'static [&'static str] {
        match self {
            Self::ReadModel => &["ticket-", "consultant-", "customer-", "catalogue"],
            Self::Routing => &["ticket-", "consultant-", "catalogue"],
            Self::Survey => &["survey-", "customer-"],
            Self::Outbox => &["ticket-", "consultant-", "customer-", "survey-"],
        }
    }
}

/// Holds a view to the log, as far as the view is; says how many rows that were.
///
/// # Panics
/// If it doesn't agree, or can't be read.
pub async fn agrees(log: &Log, view: View, url: &str, schema: &str) -> Counted {
    let pool = connect(url, schema);
    let mut transaction = pool.begin().await.expect("the view answers");
    let is = rows::read(&mut transaction, schema).await;
    drop(transaction);
    let up_to = rows::sequences(&is);
    let log = log::read(log, view, &up_to).await;
    let mut expected = Expected::default();
    log.checkpoints(&mut expected);
    match view {
        View::ReadModel => {
            for stream in log.streams() {
                ticket::rows(stream, &mut expected);
                consultant::rows(stream, &mut expected);
                customer::rows(stream, &mut expected);
                catalogue::rows(stream, &mut expected);
                catalogue::entries(stream, &mut expected);
            }
        }
        View::Routing => {
            for stream in log.streams() {
                routing::rows(stream, &mut expected);
                consultant::rows(stream, &mut expected);
                catalogue::entries(stream, &mut expected);
            }
        }
        View::Survey => {
            let erased = survey::erased(log.streams(), &mut expected);
            for stream in log.streams() {
                survey::rows(stream, &erased, &mut expected);
            }
        }
        View::Outbox => {
            let forgotten = log.streams().filter_map(customer::forgotten).collect();
            for stream in log.streams() {
                outbox::rows(stream, &forgotten, &mut expected);
                notification::rows(stream, &mut expected);
            }
        }
    }
    rows::compare(view, &is, expected)
}

/// Waits until a view holds everything that is in the log now.
///
/// # Panics
/// When that takes too long.
pub async fn caught_up(log: &Log, url: &str, schema: &str) {
    let mut ends = Vec::new();
    for partition in 0..log.identity().partitions {
        let end = log.end(Partition(partition)).await;
        ends.push(end.expect("the log has an end").0 as i64);
    }
    let pool = connect(url, schema);
    let waiting = async {
        while !holds(&pool, &ends).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(DEADLINE, waiting).await;
    assert!(in_time.is_ok(), "{schema} doesn't catch up with the log");
}

async fn holds(pool: &PgPool, ends: &[i64]) -> bool {
    let query = "SELECT next FROM checkpoint ORDER BY partition";
    // As long as there is no such table, or no server, it holds nothing.
    let next: Vec<i64> = sqlx::query_scalar(query)
        .fetch_all(pool)
        .await
        .unwrap_or_default();
    next.len() == ends.len() && next.iter().zip(ends).all(|(next, end)| next >= end)
}

fn connect(url: &str, schema: &str) -> PgPool {
    let options = docket_migrations::connect_options(url, schema).expect("a usable address");
    sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options)
}

/// A connection within a transaction.
type Connection = PgConnection;
