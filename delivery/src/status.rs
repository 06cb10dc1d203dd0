//! What waits, what is held and why, what is dead: to be counted, to be seen and to be set going
//! again; and to be forgotten one day.

use std::time::Duration;

use jiff_sqlx::ToSqlx as _;
use metrics::gauge;
use serde::Serialize;
use sqlx::Error as SqlError;
use uuid::Uuid;

use crate::queue::Queue;

/// How many rows are forgotten at once.
const FORGET_MAX: i64 = 10_000;

/// How many deliveries of one target are in one state.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub struct Line {
    /// `mail`, `sms`, `webhook:<name>`; none where there is no way.
    pub target: Option<String>,
    /// `due`, `dead` or `dropped`.
    pub state: String,
    /// How many.
    pub deliveries: i64,
    /// How long the oldest has waited since its fact was recorded, in seconds.
    pub oldest_seconds: f64,
    /// Why they aren't delivered, where there is no way; else why the oldest isn't.
    pub reason: Option<String>,
}

/// A delivery that is given up, or that nobody was to get.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow, Serialize)]
pub struct DeadLetter {
    /// Its stable id.
    pub id: Uuid,
    /// What it tells of.
    pub kind: String,
    /// The ticket.
    pub ticket: Uuid,
    /// Which way it was to go.
    pub target: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it isn't delivered.
    pub reason: Option<String>,
}

/// Which dead letters; what isn't named is every one.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// The one of this id, dead or dropped.
    pub id: Option<Uuid>,
    /// Those of this target.
    pub target: Option<String>,
    /// Those of this kind.
    pub kind: Option<String>,
    /// Those whose fact was recorded then or later.
    pub from: Option<jiff::Timestamp>,
    /// Those whose fact was recorded before.
    pub to: Option<jiff::Timestamp>,
    /// Those that were dropped (nobody wanted them, or there was nobody) in place of the dead ones.
    pub dropped: bool,
}

impl Which {
    const fn state(&self) -> &'static str {
        if self.dropped { "dropped" } else { "dead" }
    }
}

/// The condition that a [`Which`] makes, of its six values in their order.
macro_rules! chosen {
    () => {
        "(state = $1 OR (id = $2 AND state IN ('dead', 'dropped')))
         AND ($2 IS NULL OR id = $2) AND ($3 IS NULL OR target = $3)
         AND ($4 IS NULL OR kind = $4)
         AND ($5::timestamptz IS NULL OR recorded_at >= $5)
         AND ($6::timestamptz IS NULL OR recorded_at < $6)"
    };
}

impl Queue {
    /// What is not delivered, by target and state; what has no way, by the reason.
    pub async fn status(&self) -> Result<Vec<Line>, SqlError> {
        sqlx::query_as(
            "SELECT target, state, count(*) AS deliveries,
                    extract(epoch FROM now() - min(recorded_at))::float8 AS oldest_seconds,
                    (array_agg(reason ORDER BY recorded_at))[1] AS reason
             FROM delivery WHERE state <> 'delivered'
             GROUP BY target, state, CASE WHEN target IS NULL THEN reason END
             ORDER BY target NULLS FIRST, state, deliveries DESC",
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Up to `most` dead letters, the oldest first.
    pub async fn dead(&self, which: &Which, most: i64) -> Result<Vec<DeadLetter>, SqlError> {
        sqlx::query_as(concat!(
            "SELECT id, kind, ticket, target, attempts, reason FROM delivery WHERE ",
            chosen!(),
            " ORDER BY recorded_at, id LIMIT $7",
        ))
        .bind(which.state())
        .bind(which.id)
        .bind(&which.target)
        .bind(&which.kind)
        .bind(which.from.map(jiff::Timestamp::to_sqlx))
        .bind(which.to.map(jiff::Timestamp::to_sqlx))
        .bind(most)
        .fetch_all(&self.pool)
        .await
    }

    /// Sets dead letters going again, from the schedule's start and by whichever way leads to the
    /// recipient now; how many. Their ids stay what they are, so that a receiver who has one of them
    /// after all can drop it.
    ///
    /// It is all that any tool has to call, and the worker takes it from there, whether it runs now or
    /// later: `Queue::open(&config).await?.redrive(&Which::default()).await?` with the worker's
    /// section `delivery`, of which it needs `url`, `schema` and `outbox`. The letters of the *outbox's
    /// projector*, records that it couldn't apply, are others: they lie in the view's `dead_letter`.
    pub async fn redrive(&self, which: &Which) -> Result<u64, SqlError> {
        let done = sqlx::query(concat!(
            "UPDATE delivery
             SET state = 'due', attempts = 0, due_at = now(), finished_at = NULL, reason = NULL,
                 target = CASE WHEN recipient = 'endpoints' THEN target END
             WHERE ",
            chosen!(),
        ))
        .bind(which.state())
        .bind(which.id)
        .bind(&which.target)
        .bind(&which.kind)
        .bind(which.from.map(jiff::Timestamp::to_sqlx))
        .bind(which.to.map(jiff::Timestamp::to_sqlx))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// What is due and what is dead, as metrics; from an index that holds nothing else. What no target
    /// of `served` takes is held.
    pub(crate) async fn measure(&self, served: &[String]) -> Result<(), SqlError> {
        let lines: Vec<(Option<String>, String, i64, f64)> =
            sqlx::query_as(MEASURE).fetch_all(&self.pool).await?;
        let (mut held, mut dead) = (0, 0);
        let mut due = std::collections::HashMap::new();
        for (target, state, deliveries, oldest_seconds) in lines {
            let target = target.unwrap_or_default();
            match state.as_str() {
                "dead" => dead += deliveries,
                _ if served.contains(&target) => {
                    due.insert(target, (deliveries, oldest_seconds));
                }
                _ => held += deliveries,
            }
        }
        for target in served {
            let (count, oldest) = due.get(target).copied().unwrap_or_default();
            gauge!("docket_deliveries_due", "target" => target.clone()).set(count as f64);
            gauge!("docket_deliveries_oldest_seconds", "target" => target.clone()).set(oldest);
        }
        gauge!("docket_deliveries_held").set(held as f64);
        gauge!("docket_deliveries_dead").set(dead as f64);
        Ok(())
    }

    /// Forgets what became of deliveries that ended longer ago than `keep`, some at a time. The start
    /// mark moves first: what is forgotten is older, so nobody takes it again.
    pub(crate) async fn forget(&self, keep: Duration) -> Result<(), SqlError> {
        sqlx::query(
            "UPDATE start_mark SET deliver_after = now() - $1 WHERE deliver_after < now() - $1",
        )
        .bind(keep)
        .execute(&self.pool)
        .await?;
        sqlx::query(
            "DELETE FROM taken WHERE notification IN (
                 SELECT notification FROM taken, start_mark
                 WHERE taken.recorded_at < deliver_after LIMIT $1)",
        )
        .bind(FORGET_MAX)
        .execute(&self.pool)
        .await?;
        sqlx::query(
            "DELETE FROM delivery WHERE id IN (
                 SELECT id FROM delivery WHERE state <> 'due' AND finished_at < now() - $1
                 LIMIT $2)",
        )
        .bind(keep)
        .bind(FORGET_MAX)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Just as the index `delivery_open` has it, so that no delivered row is looked at.
const MEASURE: &str = "SELECT target, state, count(*),
        extract(epoch FROM now() - min(recorded_at))::float8
    FROM delivery WHERE state IN ('due', 'dead') GROUP BY target, state";

#[cfg(test)]
mod tests {
    use docket_supervisor::testing;

    use super::*;
    use crate::config::DeliveryConfig;

    #[tokio::test]
    async fn what_has_been_delivered_is_not_looked_at_to_count_what_has_not() {
        let config = DeliveryConfig {
            url: testing::database().await,
            ..DeliveryConfig::default()
        };
        let queue = Queue::open(&config).await.expect("opens");
        sqlx::query(
            "INSERT INTO delivery (id, notification, kind, recipient, ticket, target, state, recorded_at)
             SELECT gen_random_uuid(), gen_random_uuid(), 'k', 'customer', gen_random_uuid(), 'mail',
                    CASE WHEN n % 1000 = 0 THEN 'due' WHEN n % 1001 = 0 THEN 'dead' ELSE 'delivered' END,
                    now()
             FROM generate_series(1, 20000) n",
        )
        .execute(&queue.pool)
        .await
        .expect("inserts");
        let analyze = sqlx::query("ANALYZE delivery").execute(&queue.pool);
        analyze.await.expect("analyses");
        let explain = format!("EXPLAIN {MEASURE}");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .fetch_all(&queue.pool)
            .await
            .expect("explains");
        let plan = plan.join("\n");
        assert!(
            plan.contains("delivery_open") && !plan.contains("Seq Scan"),
            "{plan}"
        );
        queue.measure(&["mail".to_owned()]).await.expect("measures");
    }
}
