//! Which way deliveries to people go: chosen when they are taken, and again whenever there is none
//! that is served.
//!
//! Guarantee: what has no way is asked about again, at most ten minutes later; where no way at all is
//! configured, at the next start. A notification or ticket that the outbox doesn't have yet is waited for
//! as long as it takes, all else is given up when it has been lacking for a time.

use std::time::Duration;

use sqlx::Error as SqlError;
use uuid::Uuid;

use crate::config::DeliveryConfig;
use crate::queue::{Facts, Queue, facts};
use crate::route::{Route, Way, route};

/// How many rows one transaction decides on.
const ROWS_MAX: i64 = 500;
/// How soon to ask again for a way that isn't known; doubled each time …
const WAIT_MIN: Duration = Duration::from_secs(1);
/// … up to this.
const WAIT_MAX: Duration = Duration::from_mins(10);

#[derive(sqlx::FromRow)]
struct Unrouted {
    id: Uuid,
    kind: String,
    recipient: String,
    /// Why it had no way when it was asked about last, and since when for that reason.
    reason: Option<String>,
    waited_ms: i64,
    #[sqlx(flatten)]
    facts: Facts,
}

impl Unrouted {
    /// How long it has waited for what it lacks now. A rebuild of the outbox may take longer than one
    /// waits for a contact, and lack the customer after it has lacked the notification.
    fn waited(&self, found: &Route) -> Duration {
        let same = found.why() == self.reason.as_deref();
        Duration::from_millis(if same {
            self.waited_ms.unsigned_abs()
        } else {
            0
        })
    }
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
    fn push(&mut self, row: &Unrouted, found: &Route, config: &DeliveryConfig) {
        let waited = row.waited(found);
        let wait = waited.clamp(WAIT_MIN, WAIT_MAX);
        let left = Duration::from_millis(config.contact_wait_ms).saturating_sub(waited);
        let (target, state, reason, wait) = match found {
            Route::To(way) => (Some(Way::target(way)), "due", None, Duration::ZERO),
            Route::Drop(why) => (None, "dropped", Some(*why), Duration::ZERO),
            Route::NoContact(why) if left.is_zero() => (None, "dead", Some(*why), Duration::ZERO),
            // Older, it would be no news to anybody once there is a way. Nor is it an alarm: it is as
            // configured.
            Route::Unserved(why) if left.is_zero() => (None, "dropped", Some(*why), Duration::ZERO),
            // Only another configuration changes that, and its worker asks when it starts.
            Route::Unserved(why) if !config.serves_people() => {
                (None, "due", Some(*why), left.max(WAIT_MIN))
            }
            Route::Wait(why) | Route::NoContact(why) | Route::Unserved(why) => {
                (None, "due", Some(*why), wait)
            }
        };
        self.ids.push(row.id);
        self.targets.push(target);
        self.states.push(state);
        self.reasons.push(reason);
        self.waits.push(wait);
    }
}

impl Queue {
    /// Finds ways for deliveries that have none; whether there may be more.
    pub(crate) async fn route(&self, config: &DeliveryConfig) -> Result<bool, SqlError> {
        let mut transaction = self.pool.begin().await?;
        let unrouted: Vec<Unrouted> = sqlx::query_as(concat!(
            "SELECT d.id, d.kind, d.recipient, d.reason,
                    (extract(epoch FROM now() - d.waits_since) * 1000)::bigint AS waited_ms, ",
            facts!(columns),
            " FROM delivery d ",
            facts!(joins),
            " WHERE d.target IS NULL AND d.state = 'due' AND d.due_at <= now()
              ORDER BY d.due_at LIMIT $1 FOR UPDATE OF d SKIP LOCKED"
        ))
        .bind(ROWS_MAX)
        .fetch_all(&mut *transaction)
        .await?;
        let mut decided = Decided::default();
        for row in &unrouted {
            let found = route(&row.recipient, &row.kind, &row.facts, config);
            decided.push(row, &found, config);
        }
        sqlx::query(
            "UPDATE delivery
             SET target = new.target, state = new.state, reason = new.reason,
                 due_at = now() + new.wait,
                 waits_since = CASE WHEN delivery.reason IS DISTINCT FROM new.reason THEN now()
                                    ELSE waits_since END,
                 finished_at = CASE WHEN new.state <> 'due' THEN now() END
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

    /// Asks at once about what has no way, as after a start with another configuration.
    pub(crate) async fn ask_again(&self) -> Result<(), SqlError> {
        sqlx::query(
            "UPDATE delivery SET due_at = now()
             WHERE target IS NULL AND state = 'due' AND due_at > now()",
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes their way from people's deliveries that are due by one which isn't served any more. They
    /// wait for another one from then on.
    pub(crate) async fn leave_unserved_ways(&self, served: &[String]) -> Result<(), SqlError> {
        sqlx::query(
            "UPDATE delivery SET target = NULL, reason = NULL
             WHERE state = 'due' AND due_at <= now() AND target IS NOT NULL
               AND recipient <> 'endpoints' AND target <> ALL($1)",
        )
        .bind(served)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
