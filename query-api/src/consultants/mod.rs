//! Consultants: what they are and can, when they work, and what they have to do.

mod filter;
mod view;

use docket_service::Position;
use serde::Serialize;
use sqlx::{FromRow as _, Postgres, QueryBuilder};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::position;
use crate::problems::Error;
use crate::store::Connections;

pub(crate) use filter::{ConsultantList, ConsultantParameters, Filter};
pub(crate) use view::{ConsultantView, HoursView, LoadView, ShiftView};

/// A page of consultants.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ConsultantPage)]
pub(crate) struct Page {
    pub(crate) consultants: Vec<ConsultantView>,
    /// To be sent as `cursor`, with the same filters, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A [`ConsultantView`] per row of `consultant` (as `c`).
const COLUMNS: &str = "c.id, c.version, c.name, c.team, c.skills, c.areas, c.travel_km_max, \
    c.languages, c.capacity, c.availability, c.hours, c.place, c.retired, c.erased, \
    c.registered_at, c.updated_at, l.assigned, l.in_progress, l.on_hold";

/// What each of them (as `c`) has to do, as `l`.
const LOAD: &str = " CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE w.status = 'assigned') AS assigned,
               count(*) FILTER (WHERE w.status = 'in_progress') AS in_progress,
               count(*) FILTER (WHERE w.status = 'on_hold') AS on_hold
        FROM ticket w
        WHERE w.assignee = c.id AND w.status IN ('assigned', 'in_progress', 'on_hold')
    ) l";

/// Reads one, and where the view stood then, in one round trip.
pub(crate) async fn one(
    pool: &Connections,
    id: Uuid,
) -> Result<(ConsultantView, Option<Position>), Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT k.partition, k.incarnation, k.sequence, ");
    sql.push(COLUMNS)
        .push(" FROM consultant c LEFT JOIN checkpoint k ON k.partition = c.partition")
        .push(LOAD)
        .push(" WHERE c.id = ")
        .push_bind(id);
    let row = sql
        .build()
        .fetch_optional(&mut *pool.acquire().await?)
        .await?;
    let row = row.ok_or_else(|| not_found(id))?;
    Ok((ConsultantView::from_row(&row)?, position::of_row(&row, 0)?))
}

pub(crate) const fn not_found(id: Uuid) -> Error {
    Error::NotFound {
        what: "consultant",
        id,
    }
}

/// Reads a page in one round trip. The load is counted for those on it only.
pub(crate) async fn page(pool: &Connections, filter: &Filter) -> Result<Page, Error> {
    let order = &filter.order;
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS);
    order.key(&mut sql);
    sql.push(" FROM (SELECT * FROM consultant c WHERE true");
    conditions(&mut sql, filter);
    order.after(&mut sql);
    order.page(&mut sql);
    sql.push(") c").push(LOAD);
    order.order(&mut sql);
    let rows = sql.build().fetch_all(&mut *pool.acquire().await?).await?;
    let (consultants, next_cursor) = order.read(&rows, |row| {
        let consultant = ConsultantView::from_row(row)?;
        Ok((consultant.id, consultant))
    })?;
    Ok(Page {
        consultants,
        next_cursor,
    })
}

fn conditions(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    sql.push(" AND c.retired = ").push_bind(filter.retired);
    if let Some(team) = &filter.team {
        sql.push(" AND c.team = ").push_bind(team.clone());
    }
    if !filter.skills.is_empty() {
        sql.push(" AND c.skills ?& ")
            .push_bind(filter.skills.clone());
    }
    if !filter.availability.is_empty() {
        sql.push(" AND c.availability = ANY(")
            .push_bind(filter.availability.clone())
            .push(")");
    }
    if let Some(area) = &filter.area {
        sql.push(" AND (c.areas = '[]' OR c.areas ? ")
            .push_bind(area.clone())
            .push(")");
    }
    if let Some(q) = &filter.order.q {
        sql.push(" AND c.name_words @@ name_query(")
            .push_bind(q.clone())
            .push(")");
    }
}
