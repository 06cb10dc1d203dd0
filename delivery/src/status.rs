//! What waits, what is held and why, what is dead: to be seen and to be set going again.

use jiff_sqlx::ToSqlx as _;
use metrics::gauge;
use serde::Serialize;
use sqlx::Error as SqlError;
use uuid::Uuid;

use crate::queue::Queue;

/// How many deliveries of one target are in one state.
#[derive(Clone, PartialEq, Debug, sqlx::FromRow)]
pub struct Line {
    /// `mail`, `sms`, `webhook:<name>`; none where no way is known yet.
    pub target: Option<String>,
    /// `due` or `dead`.
    pub state: String,
    /// How many.
    pub deliveries: i64,
    /// How long the oldest has waited since its fact was recorded, in seconds.
    pub oldest_seconds: f64,
    /// Why the oldest isn't delivered.
    pub reason: Option<String>,
}

/// A delivery that is given up.
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
    /// The one of this id.
    pub id: Option<Uuid>,
    /// Those of this target.
    pub target: Option<String>,
    /// Those of this kind.
    pub kind: Option<String>,
    /// Those whose fact was recorded then or later.
    pub from: Option<jiff::Timestamp>,
    /// Those whose fact was recorded before.
    pub to: Option<jiff::Timestamp>,
}

impl Queue {
    /// What is not finished, by target and state.
    pub async fn status(&self) -> Result<Vec<Line>, SqlError> {
        sqlx::query_as(
            "SELECT target, state, count(*) AS deliveries,
                    extract(epoch FROM now() - min(recorded_at))::float8 AS oldest_seconds,
                    (array_agg(reason ORDER BY recorded_at))[1] AS reason
             FROM delivery WHERE state IN ('due', 'dead')
             GROUP BY target, state ORDER BY target NULLS FIRST, state",
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Up to `most` dead letters, the oldest first.
    pub async fn dead(&self, which: &Which, most: i64) -> Result<Vec<DeadLetter>, SqlError> {
        sqlx::query_as(
            "SELECT id, kind, ticket, target, attempts, reason FROM delivery
             WHERE state = 'dead' AND ($1 IS NULL OR id = $1) AND ($2 IS NULL OR target = $2)
               AND ($3 IS NULL OR kind = $3)
               AND ($4::timestamptz IS NULL OR recorded_at >= $4)
               AND ($5::timestamptz IS NULL OR recorded_at < $5)
             ORDER BY recorded_at, id LIMIT $6",
        )
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
    /// recipient now; how many.
    pub async fn redrive(&self, which: &Which) -> Result<u64, SqlError> {
        let done = sqlx::query(
            "UPDATE delivery
             SET state = 'due', attempts = 0, due_at = now(), finished_at = NULL, reason = NULL,
                 target = CASE WHEN recipient = 'endpoints' THEN target END
             WHERE state = 'dead' AND ($1 IS NULL OR id = $1) AND ($2 IS NULL OR target = $2)
               AND ($3 IS NULL OR kind = $3)
               AND ($4::timestamptz IS NULL OR recorded_at >= $4)
               AND ($5::timestamptz IS NULL OR recorded_at < $5)",
        )
        .bind(which.id)
        .bind(&which.target)
        .bind(&which.kind)
        .bind(which.from.map(jiff::Timestamp::to_sqlx))
        .bind(which.to.map(jiff::Timestamp::to_sqlx))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// The same as [`status`](Self::status), as metrics. What no target of `served` takes is held.
    pub(crate) async fn measure(&self, served: &[String]) -> Result<(), SqlError> {
        let (mut held, mut dead) = (0, 0);
        let mut due = std::collections::HashMap::new();
        for line in self.status().await? {
            let target = line.target.unwrap_or_default();
            match line.state.as_str() {
                "dead" => dead += line.deliveries,
                _ if served.contains(&target) => {
                    due.insert(target, (line.deliveries, line.oldest_seconds));
                }
                _ => held += line.deliveries,
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
}
