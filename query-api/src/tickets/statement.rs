//! The SQL of a list of tickets. Only what is asked for stands in it, so that Postgres can choose
//! its index; every value is a parameter.

use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};

use super::filter::{Assignee, Filter, Near};
use crate::access::Sees;
use crate::list;
use crate::ticket::ticket_columns;

/// Mean radius of the Earth.
const EARTH_KM: f64 = 6_371.009;

/// Of a [`TicketView`](crate::ticket::TicketView) per row, then its sort key.
pub(super) fn build(filter: &Filter, sees: Sees) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(concat!("SELECT ", ticket_columns!()));
    filter.order.key(&mut sql);
    sql.push(" FROM ticket t WHERE true");
    if let Sees::Own(customer) = sees {
        sql.push(" AND t.customer = ").push_bind(customer);
    }
    what(&mut sql, filter);
    when_and_where(&mut sql, filter);
    filter.order.after(&mut sql);
    filter.order.page(&mut sql);
    sql
}

fn what(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(number) = filter.number {
        sql.push(" AND t.number = ").push_bind(number);
    }
    if !filter.status.is_empty() {
        sql.push(" AND t.status = ANY(")
            .push_bind(filter.status.clone())
            .push(")");
    }
    match filter.assignee {
        Some(Assignee::Person(person)) => {
            sql.push(" AND t.assignee = ").push_bind(person);
        }
        Some(Assignee::Nobody) => {
            sql.push(" AND t.assignee IS NULL");
        }
        None => {}
    }
    let texts = [
        ("team", &filter.team),
        ("store", &filter.store),
        ("category", &filter.category),
    ];
    for (column, text) in texts {
        if let Some(text) = text {
            sql.push(format_args!(" AND t.{column} = "))
                .push_bind(text.clone());
        }
    }
    if let Some(customer) = filter.customer {
        sql.push(" AND t.customer = ").push_bind(customer);
    }
    if !filter.priority.is_empty() {
        sql.push(" AND t.priority = ANY(")
            .push_bind(filter.priority.clone())
            .push(")");
    }
    if !filter.skills.is_empty() {
        sql.push(" AND t.skills @> ")
            .push_bind(Json(filter.skills.clone()));
    }
    if let Some(q) = &filter.order.q {
        sql.push(" AND t.search @@ websearch_to_tsquery('simple', ")
            .push_bind(q.clone())
            .push(")");
    }
}

fn when_and_where(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    list::within(sql, "t.opened_at", filter.opened);
    list::within(sql, "t.updated_at", filter.updated);
    if let Some(near) = filter.near {
        within(sql, near);
    }
}

/// A band of latitudes, which the index finds, then the distance along the great circle
/// (haversine), which is right across the date line and at the poles too.
fn within(sql: &mut QueryBuilder<Postgres>, near: Near) {
    let band = (near.radius_km / EARTH_KM).to_degrees();
    sql.push(" AND t.latitude BETWEEN ")
        .push_bind(near.latitude - band)
        .push(" AND ")
        .push_bind(near.latitude + band)
        .push(" AND 2 * ")
        .push_bind(EARTH_KM)
        .push(" * asin(sqrt(least(1, pow(sin(radians(t.latitude - ")
        .push_bind(near.latitude)
        .push(") / 2), 2) + cos(radians(")
        .push_bind(near.latitude)
        .push(")) * cos(radians(t.latitude)) * pow(sin(radians(t.longitude - ")
        .push_bind(near.longitude)
        .push(") / 2), 2)))) <= ")
        .push_bind(near.radius_km);
}
