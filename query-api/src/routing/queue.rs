//! The waiting tickets in the order of their turns, and why each waits.
//!
//! The turn is what routers go by (`domain/src/routing/job.rs`): critical tickets first; then the
//! oldest, each step of priority below high counted as opened so much later. How much is the
//! routers' setting, and must be told to this process too.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{FromRow, Postgres, QueryBuilder};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::people::{self, Consultant};
use super::waits::{self, Needs, WhyView};
use crate::list::{KeyOf, List, Order, Sort, listed};
use crate::parameters::{Parameters, text, word};
use crate::problems::Error;
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
    priority: Vec<i16>,
    order: Order,
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let filter = Self {
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
    pool: &PgPool,
    filter: &Filter,
    priority_step_s: u32,
) -> Result<Page, Error> {
    let mut sql = waiting(priority_step_s);
    conditions(&mut sql, filter);
    filter.order.after(&mut sql);
    filter.order.page(&mut sql);
    let rows = sql.build().fetch_all(pool).await?;
    let now = Timestamp::now();
    let consultants = if rows.is_empty() {
        Vec::new()
    } else {
        people::read(pool, now).await?
    };
    let (tickets, next_cursor) = filter.order.read(&rows, |row| {
        let waiting = view(row, &consultants, now)?;
        Ok((waiting.ticket, waiting))
    })?;
    Ok(Page {
        tickets,
        next_cursor,
    })
}

/// Reads one, if it waits.
pub(super) async fn one(pool: &PgPool, id: Uuid) -> Result<Option<WaitingView>, Error> {
    let mut sql = waiting(0);
    sql.push(" AND t.id = ").push_bind(id);
    let Some(row) = sql.build().fetch_optional(pool).await? else {
        return Ok(None);
    };
    let now = Timestamp::now();
    let consultants = people::read(pool, now).await?;
    view(&row, &consultants, now).map(Some)
}

/// The waiting tickets with what they ask for, as `t`, and one condition that always holds.
///
/// `turn` sorts as the policy's `Turn` does: the second it is due; of those of one second the one
/// that was opened first, which is the one with the most steps; the rest of the opening's second.
fn waiting(priority_step_s: u32) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT t.*, t.turn AS sort_key FROM (SELECT w.*,");
    sql.push(
        " CASE WHEN w.skills <> '[]' THEN w.skills
              ELSE coalesce(c.content -> 'skills', '[]') END AS needs,
          s.content ->> 'area' AS area,
          coalesce(w.latitude, (s.content #>> '{place,latitude}')::double precision) AS spot_y,
          coalesce(w.longitude, (s.content #>> '{place,longitude}')::double precision) AS spot_x,
          CASE WHEN w.priority = 3 THEN -4000000000000000000 ELSE 0 END
          + ((floor(extract(epoch FROM w.opened_at))::bigint + w.steps * ",
    )
    .push_bind(i64::from(priority_step_s))
    .push(
        ") * 3 + 2 - w.steps) * 1000000
          + extract(microseconds FROM w.opened_at)::bigint % 1000000 AS turn
          FROM (SELECT *, CASE WHEN ",
    )
    .push_bind(i64::from(priority_step_s))
    .push(
        " = 0 THEN 0 WHEN priority = 0 THEN 2 WHEN priority = 1 THEN 1 ELSE 0 END AS steps
              FROM ticket WHERE status = 'open' AND live) w
          LEFT JOIN catalogue_entry c ON c.kind = 'category' AND c.key = w.category
          LEFT JOIN catalogue_entry s ON s.kind = 'store' AND s.key = w.store) t WHERE true",
    );
    sql
}

fn conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(team) = &filter.team {
        sql.push(" AND t.team = ").push_bind(team.clone());
    }
    if !filter.skills.is_empty() {
        sql.push(" AND t.needs ?& ")
            .push_bind(filter.skills.clone());
    }
    if !filter.priority.is_empty() {
        sql.push(" AND t.priority = ANY(")
            .push_bind(filter.priority.clone())
            .push(")");
    }
}

fn view(row: &PgRow, consultants: &[Consultant], now: Timestamp) -> Result<WaitingView, Error> {
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
    let why = waits::why(&needs, consultants);
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
