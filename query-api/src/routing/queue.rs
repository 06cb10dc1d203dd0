//! The waiting tickets in the order of their turns, and why each waits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::order;
use super::people::{self, People};
use super::waits::{self, Needs, WhyView};
use crate::list::{KeyOf, List, Order, Sort, listed};
use crate::parameters::{Parameters, text, word};
use crate::problems::Error;
use crate::store::Connections;
use crate::ticket::PRIORITIES;

static LIST: List = List {
    name: "queue",
    search: None,
    sorts: &[Sort::new("turn", "t.turn", KeyOf::Number)],
    descending: false,
    id: "t.id",
};
listed!(QueueList of LIST);

/// The parameters, for OpenAPI.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct QueueParameters {
    team: Option<String>,
    /// Repeated: tickets that ask for all of them, by themselves or by their category.
    skill: Option<String>,
    /// One or more of low, moderate, high, critical; with commas or repeated.
    priority: Option<String>,
}

/// A part of the queue: all that is `Some` or not empty must hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    team: Option<String>,
    skills: Vec<String>,
    /// Each once; all of them unless asked otherwise.
    priority: Vec<i16>,
    order: Order,
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let mut filter = Self {
            team: from.one("team", text),
            skills: from.texts("skill"),
            priority: from
                .list("priority", word(&PRIORITIES))
                .into_iter()
                .map(|rank| rank as i16)
                .collect(),
            order: Order::parse(&mut from, &LIST),
        };
        from.finish()?;
        filter.priority.sort_unstable();
        filter.priority.dedup();
        if filter.priority.is_empty() {
            filter.priority = (0..PRIORITIES.len() as i16).collect();
        }
        Ok(filter)
    }
}

/// A part of the queue.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = QueuePage)]
pub(crate) struct Page {
    /// Whose turn is next comes first.
    pub(crate) tickets: Vec<WaitingView>,
    /// To be sent as `cursor`, with the same filters, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A ticket that waits for a consultant.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = WaitingTicket)]
pub(crate) struct WaitingView {
    pub(crate) ticket: Uuid,
    /// As it is read out.
    pub(crate) number: String,
    pub(crate) version: i32,
    /// low, moderate, high or critical.
    pub(crate) priority: String,
    /// Business time; what counts for its turn.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// Since when nobody has it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) waiting_since: Timestamp,
    /// Null is any.
    pub(crate) team: Option<String>,
    pub(crate) category: Option<String>,
    /// What its consultant must know, by itself or by its category.
    pub(crate) skills: Vec<String>,
    /// Where its store lies.
    pub(crate) area: Option<String>,
    /// Its own place, or its store's.
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    /// Assignments by routers since it began to wait anew.
    pub(crate) attempts: i32,
    /// After how many of them a manager must assign it, if there was one.
    pub(crate) attempts_max: Option<i64>,
    /// Who isn't asked for it now: they declined, or it was taken from them lately.
    pub(crate) passed: Vec<Uuid>,
    pub(crate) why: WhyView,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    number: i64,
    version: i32,
    priority: i16,
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    opened_at: Timestamp,
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    since: Timestamp,
    team: Option<String>,
    category: Option<String>,
    #[sqlx(json)]
    needs: Vec<String>,
    area: Option<String>,
    spot_y: Option<f64>,
    spot_x: Option<f64>,
    attempts: i32,
    attempts_max: Option<i64>,
    #[sqlx(json)]
    passed: BTreeMap<Uuid, Option<Timestamp>>,
}

/// Reads a part of the queue, and why its tickets wait. Tickets are as of one moment, consultants
/// as of the next.
pub(crate) async fn page(
    pool: &Connections,
    filter: Filter,
    priority_step_s: u32,
) -> Result<Page, Error> {
    let mut sql = statement(&filter, priority_step_s);
    let rows = sql.build().fetch_all(&mut *pool.acquire().await?).await?;
    if rows.is_empty() {
        return Ok(Page::default());
    }
    explained(pool, move |people, now| {
        let (tickets, next_cursor) = filter.order.read(&rows, |row| {
            let waiting = view(row, people, now)?;
            Ok((waiting.ticket, waiting))
        })?;
        Ok(Page {
            tickets,
            next_cursor,
        })
    })
    .await
}

/// Reads one, if it waits.
pub(super) async fn one(pool: &Connections, id: Uuid) -> Result<Option<WaitingView>, Error> {
    let mut sql = order::waiting();
    sql.push(" AND w.id = ").push_bind(id);
    let Some(row) = sql
        .build()
        .fetch_optional(&mut *pool.acquire().await?)
        .await?
    else {
        return Ok(None);
    };
    let waiting = explained(pool, move |people, now| view(&row, people, now));
    waiting.await.map(Some)
}

/// How many pages are explained at once, each on a thread of its own: it takes some milliseconds, in
/// which a thread of the runtime would answer nobody. Others wait for their turn, for as long as a
/// request may.
static EXPLAINING: Semaphore = Semaphore::const_new(2);

/// What `explain` makes of the people as they are now.
async fn explained<T: Send + 'static>(
    pool: &Connections,
    explain: impl FnOnce(&People, Timestamp) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let _permit = EXPLAINING.acquire().await;
    let now = Timestamp::now();
    let unread = people::read(pool, now).await?;
    let explained = spawn_blocking(move || explain(&People::of(&unread)?, now));
    explained.await.map_err(|_| Error::Panicked)?
}

fn statement(filter: &Filter, priority_step_s: u32) -> QueryBuilder<Postgres> {
    let fits = |sql: &mut QueryBuilder<Postgres>| conditions(sql, filter);
    order::page(&filter.order, &filter.priority, priority_step_s, fits)
}

fn conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(team) = &filter.team {
        sql.push(" AND t.team = ").push_bind(team.clone());
    }
    if !filter.skills.is_empty() {
        sql.push(" AND t.needs ?& ")
            .push_bind(filter.skills.clone());
    }
}

fn view(row: &PgRow, people: &People, now: Timestamp) -> Result<WaitingView, Error> {
    let row = Row::from_row(row)?;
    let needs = Needs {
        team: row.team,
        skills: row.needs,
        area: row.area,
        point: row.spot_y.zip(row.spot_x),
        passed: row
            .passed
            .into_iter()
            .filter(|(_, until)| until.is_none_or(|until| until > now))
            .map(|(who, _)| who)
            .collect(),
        attempts: row.attempts,
        attempts_max: row.attempts_max,
    };
    let why = waits::why(&needs, people);
    Ok(WaitingView {
        ticket: row.id,
        number: format!("{:02}", row.number),
        version: row.version,
        priority: PRIORITIES[row.priority as usize % PRIORITIES.len()].to_owned(),
        opened_at: row.opened_at,
        waiting_since: row.since,
        team: needs.team,
        category: row.category,
        skills: needs.skills,
        area: needs.area,
        latitude: row.spot_y,
        longitude: row.spot_x,
        attempts: row.attempts,
        attempts_max: row.attempts_max,
        passed: needs.passed,
        why,
    })
}

#[cfg(test)]
mod tests {
    use docket_supervisor::testing;
    use sqlx::postgres::PgPool;
    use sqlx::{AssertSqlSafe, Execute as _};

    use super::*;

    async fn plan(pool: &PgPool, query: &[(&str, &str)]) -> String {
        let pairs = query.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let filter = Filter::parse(Parameters::new(pairs.collect())).expect("a filter");
        let mut sql = statement(&filter, 86_400);
        let mut page = sql.build();
        let values = page.take_arguments().expect("encodes").expect("not sent");
        let explain = AssertSqlSafe(format!("EXPLAIN {}", sql.sql().as_str()));
        let lines = sqlx::query_scalar_with::<_, String, _>(explain, values).fetch_all(pool);
        lines.await.expect("explains").join("\n")
    }

    #[tokio::test]
    async fn a_teams_queue_is_read_without_the_other_teams() {
        let url = testing::database().await;
        docket_migrations::prepare(&url, "routing_1", &docket_migrations::ROUTING)
            .await
            .expect("the tables can be made");
        let options = docket_migrations::connect_options(&url, "routing_1").expect("a URL");
        let pool = PgPool::connect_with(options).await.expect("connects");
        sqlx::raw_sql(
            "INSERT INTO ticket (id, version, number, status, since, live, attempts, passed,
                                 opened_at, team, skills, priority, partition)
             SELECT gen_random_uuid(), 1, n, 'open', now(), true, 0, '{}',
                    now() - n * interval '1 s',
                    CASE WHEN n % 1000 = 0 THEN 'small' ELSE 'large' END, '[]', n % 4, 0
             FROM generate_series(1, 20000) n;
             ANALYZE ticket",
        )
        .execute(&pool)
        .await
        .expect("inserts");

        let of_team = plan(&pool, &[("team", "small")]).await;
        let of_all = plan(&pool, &[]).await;
        for (plan, index) in [
            (of_team, "ticket_waiting_team "),
            (of_all, "ticket_waiting "),
        ] {
            let read = plan.contains(&format!("using {index}on ticket"))
                || plan.contains(&format!("Bitmap Index Scan on {index}"));
            assert!(read && !plan.contains("Seq Scan on ticket"), "{plan}");
        }
    }
}
