//! The state of deliveries: taking what is due, saying what became of it.
//!
//! Guarantee: an attempt that was begun is nobody else's until its time is over, and its outcome
//! counts only as long as no later attempt was begun.

use std::time::Duration;

use docket_migrations::DELIVERY;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Error as SqlError};
use uuid::Uuid;

use crate::Error;
use crate::config::DeliveryConfig;
use crate::retry::{self, Failure};

/// How many times as long as for a connection to wait for a piece of work.
pub(crate) const WORK_TIMEOUTS: u32 = 6;

/// The tables of one outbox and its deliveries; cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue {
    pub(crate) pool: PgPool,
    lease: Duration,
    /// How soon to look again at what couldn't be tried.
    look_again: Duration,
    retry_after_ms: std::sync::Arc<[u64]>,
}

/// What the outbox knows that a delivery needs; nothing of it is kept.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub(crate) struct Facts {
    pub(crate) version: Option<i32>,
    pub(crate) consultant: Option<Uuid>,
    pub(crate) occurred_at: Option<jiff_sqlx::Timestamp>,
    pub(crate) closing: Option<i64>,
    pub(crate) expires_at: Option<jiff_sqlx::Timestamp>,
    /// It is too late: to answer it, or to say so.
    pub(crate) over: bool,
    pub(crate) number: Option<i64>,
    pub(crate) subject: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) ticket_language: Option<String>,
    pub(crate) customer: Option<Uuid>,
    pub(crate) caller_name: Option<String>,
    pub(crate) caller_phone: Option<String>,
    pub(crate) caller_email: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) erased: bool,
    pub(crate) surveys: bool,
    pub(crate) customer_name: Option<String>,
    pub(crate) customer_phone: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_language: Option<String>,
    pub(crate) consultant_name: Option<String>,
}

/// The columns of [`Facts`], and where they come from for a delivery `d`. Outer joins, because a
/// generation that is still being filled may know less than the one before. That somebody is on the way
/// may be reported days later, and sent later still: nobody is told of it who has seen them by then.
macro_rules! facts {
    (columns) => {
        "n.version, n.consultant, n.occurred_at, n.closing, n.expires_at,
         coalesce(n.expires_at <= now() OR n.kind = 'ticket.on_the_way' AND (
             n.occurred_at < now() - interval '3 hours' OR EXISTS (
                 SELECT FROM notification later
                 WHERE later.ticket = n.ticket AND later.kind = 'ticket.resolved'
                   AND later.version > n.version)), false) AS over, t.number, t.subject, t.team,
         t.language AS ticket_language, t.customer, t.caller_name, t.caller_phone, t.caller_email,
         c.channel, coalesce(c.erased, false) AS erased, coalesce(c.surveys, true) AS surveys,
         c.name AS customer_name, c.phone AS customer_phone, c.email AS customer_email,
         c.language AS customer_language, k.name AS consultant_name"
    };
    (joins) => {
        "LEFT JOIN notification n ON n.id = d.notification
         LEFT JOIN ticket t ON t.id = d.ticket
         LEFT JOIN customer c ON c.id = t.customer
         LEFT JOIN consultant k ON k.id = n.consultant"
    };
}
pub(crate) use facts;

/// One attempt to be made.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) recipient: String,
    pub(crate) ticket: Uuid,
    /// Which attempt this is, from 1.
    pub(crate) attempts: i32,
    #[sqlx(flatten)]
    pub(crate) facts: Facts,
}

/// What became of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It didn't.
    Failed(Failure),
    /// The way it was to go isn't the way to the recipient any more.
    Rerouted,
    /// It wasn't tried, for this reason; nor does it count as an attempt.
    NotTried(&'static str),
}

/// A step of `delivery`'s state.
struct Step<'a> {
    state: &'static str,
    /// What else it sets.
    sets: &'static str,
    /// Due again after this.
    wait: Duration,
    reason: Option<&'a str>,
}

impl Queue {
    /// Makes the tables unless they are there, and a pool of connections that see them and the
    /// outbox's.
    pub async fn open(config: &DeliveryConfig) -> Result<Self, Error> {
        docket_migrations::prepare(&config.url, &config.schema, &DELIVERY).await?;
        Self::connect(config)
    }

    /// The same where a worker has made the tables; where none has, nothing is made.
    pub async fn existing(config: &DeliveryConfig) -> Result<Self, Error> {
        let queue = Self::connect(config)?;
        let made: bool = sqlx::query_scalar("SELECT to_regclass('delivery') IS NOT NULL")
            .fetch_one(&queue.pool)
            .await?;
        if !made {
            let schema = config.schema.clone();
            return Err(Error::NoDeliveries { schema });
        }
        Ok(queue)
    }

    fn connect(config: &DeliveryConfig) -> Result<Self, Error> {
        let schemas = [config.schema.as_str(), config.outbox.as_str()];
        let timeout = Duration::from_millis(config.connect_timeout_ms);
        let silence = (timeout * WORK_TIMEOUTS).as_millis().to_string();
        let options = docket_migrations::connect_options_to(&config.url, &schemas)?
            .application_name("docket delivery")
            // By then it was given up here. The database may learn hours later that a connection was
            // cut off, and would hold for as long what was being taken there.
            .options([("idle_in_transaction_session_timeout", silence)]);
        let pool = PgPoolOptions::new()
            .max_connections(config.connections_max)
            .acquire_timeout(timeout)
            // Before the pool asks, for as long as it takes: a connection that was cut off in the
            // middle of something would keep its place until the system gives it up.
            .after_release(move |connection, _| Box::pin(answers(connection, timeout)))
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            look_again: config.poll_interval() * 10,
            lease: config.attempt_timeout() + Duration::from_millis(config.lease_margin_ms),
            retry_after_ms: config.retry_after_ms.clone().into(),
        })
    }

    /// Takes up to `most` deliveries of a target that are due, the longest waiting first. Each is
    /// ours for an attempt's time.
    pub(crate) async fn claim(&self, target: &str, most: usize) -> Result<Vec<Job>, SqlError> {
        sqlx::query_as(concat!(
            "WITH due AS (
                 SELECT id FROM delivery
                 WHERE target = $1 AND state = 'due' AND due_at <= now()
                 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
             ), d AS (
                 UPDATE delivery SET attempts = attempts + 1, due_at = now() + $3
                 FROM due WHERE delivery.id = due.id RETURNING delivery.*
             )
             SELECT d.id, d.kind, d.recipient, d.ticket, d.attempts, ",
            facts!(columns),
            " FROM d ",
            facts!(joins)
        ))
        .bind(target)
        .bind(most as i64)
        .bind(self.lease)
        .fetch_all(&self.pool)
        .await
    }

    /// Notes what became of an attempt, unless a later one was begun. Says what that is, for the
    /// metrics.
    pub(crate) async fn finish(
        &self,
        job: &Job,
        outcome: &Outcome,
    ) -> Result<&'static str, SqlError> {
        let attempt = job.attempts as u32;
        let (name, step) = match outcome {
            Outcome::Delivered => ("delivered", done("delivered", None)),
            Outcome::Rerouted => (
                "rerouted",
                due(
                    "target = NULL, attempts = attempts - 1",
                    Duration::ZERO,
                    None,
                ),
            ),
            Outcome::NotTried(why) => (
                "not_tried",
                due("attempts = attempts - 1", self.look_again, Some(why)),
            ),
            Outcome::Failed(failure) => {
                let why = Some(failure.why.as_str());
                match retry::after(&self.retry_after_ms, attempt, failure) {
                    None => ("dead", done("dead", why)),
                    Some(wait) => ("due", due("finished_at = NULL", wait, why)),
                }
            }
        };
        let Step {
            state,
            sets,
            wait,
            reason,
        } = step;
        sqlx::query(AssertSqlSafe(format!(
            "UPDATE delivery SET state = $3, reason = $4, due_at = now() + $5, {sets}
             WHERE id = $1 AND attempts = $2 AND state = 'due'"
        )))
        .bind(job.id)
        .bind(job.attempts)
        .bind(state)
        // Postgres has no place for it.
        .bind(reason.map(|reason| reason.replace('\0', " ")))
        .bind(wait)
        .execute(&self.pool)
        .await?;
        Ok(name)
    }
}

/// Whether the connection answers in time; one that doesn't is closed.
async fn answers(connection: &mut PgConnection, within: Duration) -> Result<bool, SqlError> {
    let answer = tokio::time::timeout(within, connection.ping()).await;
    answer.map_err(std::io::Error::from)??;
    Ok(true)
}

fn due<'a>(sets: &'static str, wait: Duration, reason: Option<&'a str>) -> Step<'a> {
    Step {
        state: "due",
        sets,
        wait,
        reason,
    }
}

fn done<'a>(state: &'static str, reason: Option<&'a str>) -> Step<'a> {
    Step {
        state,
        sets: "finished_at = now()",
        wait: Duration::ZERO,
        reason,
    }
}
