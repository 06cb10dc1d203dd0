//! Lists, whatever they are of: in which order, from where on, how much of it.
//!
//! A page is found again by the sort key and the id of its last entry, so what comes and goes
//! between two pages moves nothing else.

mod cursor;
mod parameters;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use self::cursor::{Cursor, Key, ListDigest};
use crate::parameters::{Parameters, none_of, text, word};
use crate::problems::Error;

pub(crate) use parameters::listed;

const ORDERS: [&str; 2] = ["asc", "desc"];
const LIMIT_DEFAULT: u32 = 50;
/// The column of the sort key.
const KEY: &str = "sort_key";

/// A kind of list.
#[derive(Debug)]
pub(crate) struct List {
    /// What its cursors are known by.
    pub(crate) name: &'static str,
    /// What `q` finds, if it has that.
    pub(crate) search: Option<&'static str>,
    /// What it may be sorted by; the first unless asked otherwise.
    pub(crate) sorts: &'static [Sort],
    /// Which way, unless asked otherwise.
    pub(crate) descending: bool,
    /// The column of the entries' ids, which settles ties.
    pub(crate) id: &'static str,
}

impl List {
    /// A list of consultants or customers (as `c`); by name.
    pub(crate) const fn of_people(name: &'static str, search: &'static str) -> Self {
        const SORTS: &[Sort] = &[
            Sort::new("name", "c.name_key", KeyOf::Text),
            Sort::new("updated_at", "c.updated_at", KeyOf::Time),
        ];
        Self {
            name,
            search: Some(search),
            sorts: SORTS,
            descending: false,
            id: "c.id",
        }
    }
}

/// What a list is sorted by.
#[derive(Debug)]
pub(crate) struct Sort {
    name: &'static str,
    column: &'static str,
    of: KeyOf,
}

impl Sort {
    pub(crate) const fn new(name: &'static str, column: &'static str, of: KeyOf) -> Self {
        Self { name, column, of }
    }
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyOf {
    Number,
    Time,
    Text,
}

/// A list as it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Order {
    /// What is searched for.
    pub(crate) q: Option<String>,
    list: &'static List,
    sort: &'static Sort,
    descending: bool,
    cursor: Option<Cursor>,
    limit: u32,
    digest: ListDigest,
}

/// There is one of each kind.
impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Of one list.
impl PartialEq for Sort {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Order {
    /// Reads `q` if the list has it, `sort`, `order`, `cursor` and `limit`. Everything else that is given is the list's
    /// filters, and so part of what its cursors are good for.
    pub(crate) fn parse(from: &mut Parameters, list: &'static List) -> Self {
        let digest = ListDigest::of(list.name, &from.without(&["cursor", "limit"]));
        let sort = from.one("sort", |text| {
            let sort = list.sorts.iter().find(|sort| sort.name == text);
            sort.ok_or_else(|| none_of(text, list.sorts.iter().map(|sort| sort.name)))
        });
        let sort = sort.unwrap_or(&list.sorts[0]);
        let order = from.one("order", word(&ORDERS));
        Self {
            q: list.search.and_then(|_| from.one("q", text)),
            list,
            sort,
            descending: order.map_or(list.descending, |place| ORDERS[place] == "desc"),
            cursor: from.one("cursor", |text| Cursor::parse(text, sort.of, digest)),
            limit: from.limit(LIMIT_DEFAULT),
            digest,
        }
    }

    /// What it is sorted by.
    pub(crate) fn sort(&self) -> &'static str {
        self.sort.name
    }

    /// Whether the last comes first.
    pub(crate) fn descending(&self) -> bool {
        self.descending
    }

    pub(crate) fn direction(&self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }

    /// The sort key that the page comes behind, if it is a number.
    pub(crate) fn behind(&self) -> Option<i64> {
        match self.cursor.as_ref()?.key {
            Key::Number(number) => Some(number),
            Key::Text(_) => None,
        }
    }

    /// The sort key as one column more, for [`Order::read`]: times as microseconds, exact unlike a
    /// float of seconds.
    pub(crate) fn key(&self, sql: &mut QueryBuilder<Postgres>) {
        let column = self.sort.column;
        match self.sort.of {
            KeyOf::Number => sql.push(format_args!(", {column}::bigint AS {KEY}")),
            KeyOf::Time => sql.push(format_args!(
                ", (extract(epoch FROM {column}) * 1000000)::bigint AS {KEY}"
            )),
            KeyOf::Text => sql.push(format_args!(", {column} AS {KEY}")),
        };
    }

    /// Leaves what comes behind the cursor, as one condition more.
    pub(crate) fn after(&self, sql: &mut QueryBuilder<Postgres>) {
        let Some(cursor) = &self.cursor else { return };
        let (column, id) = (self.sort.column, self.list.id);
        let after = if self.descending { "<" } else { ">" };
        sql.push(format_args!(" AND ({column}, {id}) {after} ("));
        match (&cursor.key, self.sort.of) {
            (Key::Number(micros), KeyOf::Time) => sql.push_bind(time(*micros).to_sqlx()),
            (Key::Number(number), _) => sql.push_bind(*number),
            (Key::Text(text), _) => sql.push_bind(text.clone()),
        };
        sql.push(", ").push_bind(cursor.id).push(")");
    }

    /// The order.
    pub(crate) fn order(&self, sql: &mut QueryBuilder<Postgres>) {
        let (column, id) = (self.sort.column, self.list.id);
        let direction = self.direction();
        sql.push(format_args!(
            " ORDER BY {column} {direction}, {id} {direction}"
        ));
    }

    /// The order and the length.
    pub(crate) fn page(&self, sql: &mut QueryBuilder<Postgres>) {
        self.order(sql);
        self.limit(sql);
    }

    /// The length of a page and one more, to know whether there is more.
    pub(crate) fn limit(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" LIMIT ").push_bind(i64::from(self.limit) + 1);
    }

    /// Reads a page's rows, and where it ended if there is more.
    pub(crate) fn read<T>(
        &self,
        rows: &[PgRow],
        read: impl Fn(&PgRow) -> Result<(Uuid, T), Error>,
    ) -> Result<(Vec<T>, Option<String>), Error> {
        let limit = self.limit as usize;
        let mut entries = Vec::with_capacity(rows.len().min(limit));
        let mut next_cursor = None;
        for (place, row) in rows.iter().take(limit).enumerate() {
            let (id, entry) = read(row)?;
            entries.push(entry);
            if place + 1 == limit && rows.len() > limit {
                let key = match self.sort.of {
                    KeyOf::Number | KeyOf::Time => Key::Number(row.try_get(KEY)?),
                    KeyOf::Text => Key::Text(row.try_get(KEY)?),
                };
                let list = self.digest;
                next_cursor = Some(Cursor { key, id, list }.to_string());
            }
        }
        Ok((entries, next_cursor))
    }
}

/// Leaves what is of these times (from the first on, before the second) in a column.
pub(crate) fn within(
    sql: &mut QueryBuilder<Postgres>,
    column: &str,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) {
    for (bound, time) in [(">=", from), ("<", to)] {
        if let Some(time) = time {
            sql.push(format_args!(" AND {column} {bound} "))
                .push_bind(time.to_sqlx());
        }
    }
}

/// The time of a cursor. One that we never gave out may name a time before Postgres' first.
fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros)
        .unwrap_or_default()
        .max(Timestamp::UNIX_EPOCH - jiff::SignedDuration::from_hours(24 * 366 * 2_000))
}
