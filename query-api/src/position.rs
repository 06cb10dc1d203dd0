//! How far the view is, and waiting until it is far enough: read your own writes.
//!
//! One task looks at the checkpoints while somebody waits, whatever their number, and nobody looks
//! while nobody does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use docket_service::{Position, Shutdown};
use metrics::{gauge, histogram};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::config::QueryConfig;
use crate::problems::Error;
use crate::store::Connections;

/// The header that asks for a wait.
pub(crate) const MIN_POSITION: &str = "docket-min-position";
/// The header that says where the view stood.
pub(crate) const POSITION: &str = "docket-position";

/// How long the first look may take at least, whatever the wait: an answer without one would say
/// nothing.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// After a failed look.
const FAILED_PAUSE: Duration = Duration::from_millis(100);

/// The position in a row's columns `c.partition, c.incarnation, c.sequence` from `at` on; `None`
/// before the first record.
pub(crate) fn of_row(row: &PgRow, at: usize) -> sqlx::Result<Option<Position>> {
    let partition: Option<i32> = row.try_get(at)?;
    let incarnation: Option<Uuid> = row.try_get(at + 1)?;
    let sequence: Option<i64> = row.try_get(at + 2)?;
    Ok(partition
        .zip(incarnation)
        .zip(sequence)
        .map(|((partition, incarnation), sequence)| Position {
            incarnation,
            partition: partition as u16,
            sequence: sequence as u64,
        }))
}

/// The position that the request asks for.
pub(crate) fn wanted(headers: &HeaderMap) -> Result<Option<Position>, Error> {
    let Some(header) = headers.get(MIN_POSITION) else {
        return Ok(None);
    };
    let position = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    position.map(Some).ok_or(Error::NotAPosition)
}

/// Refuses a stream that stays behind the position although its partition doesn't: an event of it
/// could not be applied, and it is parked from there on.
pub(crate) async fn not_parked(
    pool: &Connections,
    stream: String,
    wanted: Position,
) -> Result<(), Error> {
    const SQL: &str = "
        SELECT since_sequence FROM parked_stream
        WHERE partition = $1 AND stream = $2 AND since_sequence <= $3";
    let since: Option<i64> = sqlx::query_scalar(SQL)
        .bind(i32::from(wanted.partition))
        .bind(&stream)
        .bind(i64::try_from(wanted.sequence).unwrap_or(i64::MAX))
        .fetch_optional(&mut *pool.acquire().await?)
        .await?;
    since.map_or(Ok(()), |since| Err(Error::Parked { stream, since }))
}

/// Every partition's checkpoint at one look: incarnation, and the last sequence in the view.
type Checkpoints = HashMap<u16, (Uuid, Option<u64>)>;

/// Where waiters and the task that looks for them meet. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Positions {
    looks: Arc<watch::Sender<Checkpoints>>,
    waiters: Arc<watch::Sender<usize>>,
    wait: Duration,
}

impl Positions {
    /// Starts the task; it ends at shutdown.
    pub(crate) fn start(pool: Connections, config: &QueryConfig, shutdown: &Shutdown) -> Self {
        let positions = Self {
            looks: Arc::new(watch::Sender::new(Checkpoints::new())),
            waiters: Arc::new(watch::Sender::new(0)),
            wait: config.position_wait(),
        };
        let look = positions.clone().look(pool, config.position_poll());
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.requested() => {}
                () = look => {}
            }
        });
        positions
    }

    /// Waits until the view holds what the position stands for, and says where it is then.
    pub(crate) async fn reached(&self, wanted: Position) -> Result<Position, Error> {
        let started = Instant::now();
        let mut deadline = started + self.wait.max(FIRST_LOOK);
        let mut looks = self.looks.subscribe();
        let _waiting = Waiting::new(&self.waiters);
        let mut reached = None;
        // The looks kept from earlier don't count: the view may be another since (a database that
        // was restored). The sender lives in us, so `changed` fails never.
        while let Ok(Ok(())) = timeout_at(deadline, looks.changed()).await {
            reached = at(&looks.borrow_and_update(), wanted)?;
            if let Some(reached) = reached
                && reached.sequence >= wanted.sequence
            {
                histogram!("docket_query_position_wait_seconds")
                    .record(started.elapsed().as_secs_f64());
                return Ok(reached);
            }
            deadline = started + self.wait;
        }
        Err(Error::Behind { wanted, reached })
    }

    async fn look(self, pool: Connections, interval: Duration) {
        let mut waiters = self.waiters.subscribe();
        while waiters.wait_for(|waiting| *waiting > 0).await.is_ok() {
            let pause = match pool.answered(checkpoints(&pool)).await {
                Ok(checkpoints) => {
                    self.looks.send_replace(checkpoints);
                    interval
                }
                // Whoever waits is told at its deadline how far the view was last seen.
                Err(_) => FAILED_PAUSE,
            };
            sleep(pause).await;
        }
    }
}

/// Where the view is in the position's partition; `None` before the first record.
fn at(checkpoints: &Checkpoints, wanted: Position) -> Result<Option<Position>, Error> {
    match checkpoints.get(&wanted.partition) {
        // A view with no checkpoints at all has just been made.
        None if checkpoints.is_empty() => Ok(None),
        Some((incarnation, sequence)) if *incarnation == wanted.incarnation => {
            Ok(sequence.map(|sequence| Position { sequence, ..wanted }))
        }
        _ => Err(Error::OtherIncarnation),
    }
}

async fn checkpoints(pool: &Connections) -> sqlx::Result<Checkpoints> {
    let rows: Vec<(i32, Uuid, Option<i64>)> =
        sqlx::query_as("SELECT partition, incarnation, sequence FROM checkpoint")
            .fetch_all(&mut *pool.acquire().await?)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(partition, incarnation, sequence)| {
            let sequence = sequence.map(|sequence| sequence as u64);
            (partition as u16, (incarnation, sequence))
        })
        .collect())
}

/// One waiter, counted as long as it lives: a client that goes away drops it.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn new(waiters: &'a watch::Sender<usize>) -> Self {
        Self::count(waiters, 1);
        Self(waiters)
    }

    fn count(waiters: &watch::Sender<usize>, change: isize) {
        waiters.send_modify(|waiting| {
            *waiting = waiting.saturating_add_signed(change);
            gauge!("docket_query_position_waiters").set(*waiting as f64);
        });
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        Self::count(self.0, -1);
    }
}
