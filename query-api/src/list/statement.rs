//! The SQL of a list. Only what is asked for stands in it, so that Postgres can choose its index;
//! every value is a parameter.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};

use super::filter::{Assignee, Filter, Near, Sort};
use crate::access::Sees;
use crate::ticket::ticket_columns;

/// Mean radius of the Earth.
const EARTH_KM: f64 = 6_371.009;

/// Of a [`TicketView`](crate::ticket::TicketView) per row, then its sort key as `bigint`.
pub(super) fn build(filter: &Filter, sees: Sees) -> QueryBuilder<Postgres> {
    let (column, as_key) = match filter.sort {
        Sort::OpenedAt => ("t.opened_at", micros("t.opened_at")),
        Sort::UpdatedAt => ("t.updated_at", micros("t.updated_at")),
        Sort::Priority => ("t.priority", "t.priority::bigint".to_owned()),
        Sort::Number => ("t.number", "t.number".to_owned()),
    };
    let mut sql = QueryBuilder::new(concat!("SELECT ", ticket_columns!(), ", "));
    sql.push(as_key).push(" FROM ticket t WHERE true");
    if let Sees::Own(customer) = sees {
        sql.push(" AND t.customer = ").push_bind(customer);
    }
    what(&mut sql, filter);
    when_and_where(&mut sql, filter);
    let (after, direction) = if filter.descending {
        ("<", "DESC")
    } else {
        (">", "ASC")
    };
    if let Some(cursor) = filter.cursor {
        sql.push(format_args!(" AND ({column}, t.id) {after} ("));
        match filter.sort {
            Sort::OpenedAt | Sort::UpdatedAt => {
                sql.push_bind(time(cursor.key).to_sqlx());
            }
            Sort::Priority | Sort::Number => {
                sql.push_bind(cursor.key);
            }
        }
        sql.push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(format_args!(
        " ORDER BY {column} {direction}, t.id {direction} LIMIT "
    ));
    // One more, to know whether there is more.
    sql.push_bind(i64::from(filter.limit) + 1);
    sql
}

/// A time as microseconds: exact, unlike a float of seconds.
fn micros(column: &str) -> String {
    format!("(extract(epoch FROM {column}) * 1000000)::bigint")
}

/// The time of a cursor. One that we never gave out may name a time before Postgres' first.
fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros)
        .unwrap_or_default()
        .max(Timestamp::UNIX_EPOCH - jiff::SignedDuration::from_hours(24 * 366 * 2_000))
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
    if let Some(q) = &filter.q {
        sql.push(" AND t.search @@ websearch_to_tsquery('simple', ")
            .push_bind(q.clone())
            .push(")");
    }
}

fn when_and_where(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let ranges = [("opened_at", filter.opened), ("updated_at", filter.updated)];
    for (column, (from, to)) in ranges {
        for (bound, time) in [(">=", from), ("<", to)] {
            if let Some(time) = time {
                sql.push(format_args!(" AND t.{column} {bound} "))
                    .push_bind(time.to_sqlx());
            }
        }
    }
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
