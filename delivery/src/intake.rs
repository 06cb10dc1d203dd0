//! From the outbox's rows to deliveries: who gets a notification, and by which way.
//!
//! Guarantee: a notification leaves `pending` in the transaction that keeps its deliveries, and
//! whatever was taken before, from this generation of the outbox or another, is not taken again.

use std::time::Duration;

use sqlx::Error as SqlError;
use uuid::Uuid;

use crate::config::DeliveryConfig;
use crate::queue::{Facts, Queue, facts};
use crate::route::{Route, Way, route};

/// How many rows one transaction takes.
const ROWS_MAX: i64 = 500;
/// How soon to ask again for a way that isn't known; doubled each time …
const WAIT_MIN: Duration = Duration::from_secs(1);
/// … up to this.
const WAIT_MAX: Duration = Duration::from_mins(10);

#[derive(sqlx::FromRow)]
struct Taken {
    id: Uuid,
    kind: String,
    recipient: String,
    ticket: Uuid,
    recorded_at: jiff_sqlx::Timestamp,
}

/// Columns of new deliveries.
#[derive(Default)]
struct New {
    ids: Vec<Uuid>,
    notifications: Vec<Uuid>,
    kinds: Vec<String>,
    recipients: Vec<String>,
    tickets: Vec<Uuid>,
    targets: Vec<Option<String>>,
    recorded_at: Vec<jiff_sqlx::Timestamp>,
}

impl New {
    fn push(&mut self, taken: &Taken, id: Uuid, target: Option<String>) {
        self.ids.push(id);
        self.notifications.push(taken.id);
        self.kinds.push(taken.kind.clone());
        self.recipients.push(taken.recipient.clone());
        self.tickets.push(taken.ticket);
        self.targets.push(target);
        self.recorded_at.push(taken.recorded_at);
    }
}

/// A webhook's delivery: stable, and another one for each endpoint.
fn of_endpoint(notification: Uuid, endpoint: &str) -> Uuid {
    Uuid::new_v5(&notification, endpoint.as_bytes())
}

impl Queue {
    /// Takes what is pending; whether there may be more.
    pub(crate) async fn take(&self, config: &DeliveryConfig) -> Result<bool, SqlError> {
        let mut transaction = self.pool.begin().await?;
        let taken: Vec<Taken> = sqlx::query_as(
            "WITH next AS (
                 SELECT id FROM pending ORDER BY recorded_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
             ), gone AS (
                 DELETE FROM pending USING next WHERE pending.id = next.id RETURNING pending.id
             )
             SELECT n.id, n.kind, n.recipient, n.ticket, n.recorded_at
             FROM gone JOIN notification n ON n.id = gone.id",
        )
        .bind(ROWS_MAX)
        .fetch_all(&mut *transaction)
        .await?;
        let mut new = New::default();
        for taken in &taken {
            if taken.recipient == "endpoints" {
                for (name, endpoint) in &config.webhooks.endpoints {
                    if endpoint.kinds.is_empty() || endpoint.kinds.contains(&taken.kind) {
                        new.push(taken, of_endpoint(taken.id, name), Some(webhook(name)));
                    }
                }
            } else {
                new.push(taken, taken.id, None);
            }
        }
        sqlx::query(
            "INSERT INTO delivery (id, notification, kind, recipient, ticket, target, state, recorded_at)
             SELECT id, notification, kind, recipient, ticket, target, 'due', recorded_at
             FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[],
                         $7::timestamptz[])
                  AS new (id, notification, kind, recipient, ticket, target, recorded_at),
                  start_mark
             WHERE recorded_at >= deliver_after
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.ids)
        .bind(&new.notifications)
        .bind(&new.kinds)
        .bind(&new.recipients)
        .bind(&new.tickets)
        .bind(&new.targets)
        .bind(&new.recorded_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(taken.len() as i64 == ROWS_MAX)
    }

    /// Finds ways for deliveries that have none; whether there may be more.
    pub(crate) async fn route(&self, config: &DeliveryConfig) -> Result<bool, SqlError> {
        let mut transaction = self.pool.begin().await?;
        let unrouted: Vec<Unrouted> = sqlx::query_as(concat!(
            "SELECT d.id, d.kind, d.recipient, d.recorded_at + $2 < now() AS waited_enough,
                    (extract(epoch FROM now() - d.taken_at) * 1000)::bigint AS waited_ms, ",
            facts!(columns),
            " FROM delivery d ",
            facts!(joins),
            " WHERE d.target IS NULL AND d.state = 'due' AND d.due_at <= now()
              ORDER BY d.due_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED"
        ))
        .bind(ROWS_MAX)
        .bind(Duration::from_millis(config.contact_wait_ms))
        .fetch_all(&mut *transaction)
        .await?;
        let mut decided = Decided::default();
        for row in &unrouted {
            let found = route(&row.recipient, &row.kind, &row.facts, config);
            decided.push(row, &found);
        }
        sqlx::query(
            "UPDATE delivery
             SET target = new.target, state = new.state, reason = new.reason,
                 due_at = now() + new.wait,
                 finished_at = CASE WHEN new.state = 'dropped' THEN now() END
             FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::interval[])
                  AS new (id, target, state, reason, wait)
             WHERE delivery.id = new.id",
        )
        .bind(&decided.ids)
        .bind(&decided.targets)
        .bind(&decided.states)
        .bind(&decided.reasons)
        .bind(&decided.waits)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(unrouted.len() as i64 == ROWS_MAX)
    }
}

/// The target of an endpoint.
pub(crate) fn webhook(endpoint: &str) -> String {
    format!("webhook:{endpoint}")
}

#[derive(sqlx::FromRow)]
struct Unrouted {
    id: Uuid,
    kind: String,
    recipient: String,
    waited_enough: bool,
    waited_ms: i64,
    #[sqlx(flatten)]
    facts: Facts,
}

/// Columns of what was decided.
#[derive(Default)]
struct Decided {
    ids: Vec<Uuid>,
    targets: Vec<Option<&'static str>>,
    states: Vec<&'static str>,
    reasons: Vec<Option<&'static str>>,
    waits: Vec<Duration>,
}

impl Decided {
    fn push(&mut self, row: &Unrouted, found: &Route) {
        let waited = Duration::from_millis(row.waited_ms.unsigned_abs());
        let wait = waited.clamp(WAIT_MIN, WAIT_MAX);
        let (target, state, reason, wait) = match found {
            Route::To(way) => (Some(Way::target(way)), "due", None, Duration::ZERO),
            Route::Drop(why) => (None, "dropped", Some(*why), Duration::ZERO),
            Route::WaitForContact(why) if row.waited_enough => {
                (None, "dropped", Some(*why), Duration::ZERO)
            }
            Route::Wait(why) | Route::WaitForContact(why) => (None, "due", Some(*why), wait),
        };
        self.ids.push(row.id);
        self.targets.push(target);
        self.states.push(state);
        self.reasons.push(reason);
        self.waits.push(wait);
    }
}
