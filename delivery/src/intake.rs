//! From the outbox's rows to deliveries: who is told of a fact.
//!
//! Guarantee: a notification leaves `pending` in the transaction that keeps its deliveries; none is
//! ever taken twice, from this generation of the outbox or another; and nobody is told of what was
//! before they were to be told of such things.

use sqlx::Error as SqlError;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::config::DeliveryConfig;
use crate::queue::Queue;

/// All that anybody is told of.
pub(crate) const KINDS: [&str; 6] = [
    "ticket.received",
    "ticket.assigned",
    "ticket.on_the_way",
    "ticket.resolved",
    "ticket.nobody_accepts",
    "survey.invitation",
];

/// How many rows one transaction takes.
const ROWS_MAX: i64 = 500;

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
    fn of(taken: &[Taken], config: &DeliveryConfig) -> Self {
        let mut new = Self::default();
        for taken in taken {
            if taken.recipient == "endpoints" {
                for name in config.webhooks.told_of(&taken.kind) {
                    new.push(taken, of_endpoint(taken.id, name), Some(webhook(name)));
                }
            } else {
                new.push(taken, taken.id, None);
            }
        }
        new
    }

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

/// The target of an endpoint.
pub(crate) fn webhook(endpoint: &str) -> String {
    format!("webhook:{endpoint}")
}

impl Queue {
    /// Notes whom this worker tells of which kinds. For whoever is new, or told of something new, time
    /// begins now.
    pub(crate) async fn open_audiences(&self, config: &DeliveryConfig) -> Result<(), SqlError> {
        let mut audiences: Vec<(String, &str)> = Vec::new();
        for kind in KINDS {
            let endpoints = config.webhooks.told_of(kind).map(webhook);
            let people = ["customer", "managers"].map(str::to_owned);
            let all = people.into_iter().chain(endpoints);
            audiences.extend(all.map(|recipient| (recipient, kind)));
        }
        let (recipients, kinds): (Vec<String>, Vec<&str>) = audiences.into_iter().unzip();
        sqlx::query(
            "INSERT INTO audience (recipient, kind) SELECT * FROM UNNEST($1::text[], $2::text[])
             ON CONFLICT DO NOTHING",
        )
        .bind(&recipients)
        .bind(&kinds)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes what is pending; whether there may be more.
    pub(crate) async fn take(&self, config: &DeliveryConfig) -> Result<bool, SqlError> {
        let mut transaction = self.pool.begin().await?;
        // Until the end of this transaction the mark stays where it is, and so does what was taken.
        sqlx::query("SELECT FROM start_mark FOR SHARE")
            .execute(&mut *transaction)
            .await?;
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
        keep(&mut transaction, &taken, &New::of(&taken, config)).await?;
        transaction.commit().await?;
        Ok(taken.len() as i64 == ROWS_MAX)
    }
}

/// Keeps what is new and somebody's news.
async fn keep(connection: &mut PgConnection, taken: &[Taken], new: &New) -> Result<(), SqlError> {
    let ids: Vec<Uuid> = taken.iter().map(|taken| taken.id).collect();
    let recorded_at: Vec<_> = taken.iter().map(|taken| taken.recorded_at).collect();
    sqlx::query(
        "WITH first_time AS (
             INSERT INTO taken (notification, recorded_at)
             SELECT id, recorded_at
             FROM UNNEST($8::uuid[], $9::timestamptz[]) AS seen (id, recorded_at), start_mark
             WHERE recorded_at >= deliver_after
             ON CONFLICT DO NOTHING
             RETURNING notification
         )
         INSERT INTO delivery (id, notification, kind, recipient, ticket, target, state, recorded_at)
         SELECT new.id, new.notification, new.kind, new.recipient, new.ticket, new.target, 'due',
                new.recorded_at
         FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[],
                     $7::timestamptz[])
                AS new (id, notification, kind, recipient, ticket, target, recorded_at)
              JOIN first_time ON first_time.notification = new.notification
              JOIN audience ON audience.recipient = coalesce(new.target, new.recipient)
                           AND audience.kind = new.kind
         WHERE new.recorded_at >= audience.deliver_after",
    )
    .bind(&new.ids)
    .bind(&new.notifications)
    .bind(&new.kinds)
    .bind(&new.recipients)
    .bind(&new.tickets)
    .bind(&new.targets)
    .bind(&new.recorded_at)
    .bind(&ids)
    .bind(&recorded_at)
    .execute(connection)
    .await?;
    Ok(())
}
