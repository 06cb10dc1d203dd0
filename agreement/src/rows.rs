//! The view's rows as JSON, and how they differ from what is expected.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sqlx::AssertSqlSafe;

use crate::fold::Expected;
use crate::{Connection, Counted, View};

/// A table's rows, without the columns that Postgres makes of the others.
pub(crate) type Tables = BTreeMap<String, Vec<Value>>;

/// Of no view: which SQL has been run.
const MIGRATIONS: &str = "_sqlx_migrations";

/// Of so many rows of a table it is told how they differ.
const SHOWN: usize = 3;

/// Reads all tables at one moment.
pub(crate) async fn read(connection: &mut Connection, schema: &str) -> Tables {
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(&mut *connection)
        .await
        .expect("no query yet");
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT c.table_name::text, column_name::text, data_type::text, is_generated::text
           FROM information_schema.columns c
           JOIN information_schema.tables t USING (table_schema, table_name)
          WHERE table_schema = $1 AND table_type = 'BASE TABLE'",
    )
    .bind(schema)
    .fetch_all(&mut *connection)
    .await
    .expect("the catalogue can be read");
    let mut made: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut times: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, column, kind, generated) in columns {
        let (made, times) = (
            made.entry(table.clone()).or_default(),
            times.entry(table).or_default(),
        );
        if generated == "ALWAYS" {
            made.insert(column);
        } else if kind == "timestamp with time zone" {
            times.insert(column);
        }
    }
    let mut tables = Tables::new();
    for (table, made) in made.into_iter().filter(|(table, _)| table != MIGRATIONS) {
        let query = format!("SELECT to_jsonb(t) FROM {schema}.{table} t");
        let rows: Vec<Value> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_all(&mut *connection)
            .await
            .expect("the table can be read");
        let times = &times[&table];
        let rows = rows.into_iter().map(|row| stored(row, &made, times));
        tables.insert(table, rows.collect());
    }
    tables
}

/// A row's own columns; times as we write them.
fn stored(row: Value, made: &BTreeSet<String>, times: &BTreeSet<String>) -> Value {
    let Value::Object(row) = row else {
        panic!("not a row: {row}");
    };
    let columns = row.into_iter().filter(|(column, _)| !made.contains(column));
    let columns = columns.map(|(column, value)| match value.as_str() {
        Some(text) if times.contains(&column) => {
            let time: Timestamp = text.parse().expect("a time");
            (column, json!(time.to_string()))
        }
        _ => (column, value),
    });
    Value::Object(columns.collect())
}

/// How far the view is in each partition.
pub(crate) fn sequences(tables: &Tables) -> Vec<Option<u64>> {
    let mut sequences = BTreeMap::new();
    for row in &tables["checkpoint"] {
        let partition = row["partition"].as_u64().expect("a number");
        sequences.insert(partition, row["sequence"].as_u64());
    }
    sequences.into_values().collect()
}

/// Compares them all, in any order.
pub(crate) fn compare(view: View, is: &Tables, mut expected: Expected) -> Counted {
    let mut counted = Counted::new();
    let mut wrong: Vec<String> = Vec::new();
    for (table, rows) in is {
        let (name, wanted) = match expected.tables.remove_entry(table.as_str()) {
            Some(wanted) => wanted,
            None => (known(view, table), Vec::new()),
        };
        counted.insert(name, rows.len());
        let kept = rows.iter().filter_map(|row| kept(view, table, row, is));
        differ(name, kept.collect(), wanted, &mut wrong);
    }
    for (table, rows) in expected.tables {
        wrong.push(format!("no table {table} for {} rows", rows.len()));
    }
    assert!(
        wrong.is_empty(),
        "{view:?} doesn't agree with the log:\n{}",
        wrong.join("\n"),
    );
    counted
}

/// The tables that may be empty.
fn known(view: View, table: &str) -> &'static str {
    let tables: &[&str] = match view {
        View::ReadModel => &[
            "ticket",
            "timeline",
            "consultant",
            "customer",
            "catalogue",
            "catalogue_entry",
        ],
        View::Routing => &[
            "ticket",
            "decision",
            "outcome",
            "consultant",
            "catalogue_entry",
        ],
        View::Survey => &["survey", "erased_customer"],
        View::Outbox => &[
            "ticket",
            "customer",
            "consultant",
            "notification",
            "pending",
        ],
    };
    let shared = ["parked_stream", "dead_letter"];
    let known = tables.iter().chain(&shared).find(|known| **known == table);
    known.unwrap_or_else(|| panic!("nobody compares the table {table} of {view:?}"))
}

/// What of a row is a fold of the log; `None` if nothing is.
fn kept(view: View, table: &str, row: &Value, is: &Tables) -> Option<Value> {
    let mut row = row.clone();
    let columns = row.as_object_mut().expect("a row");
    match table {
        // Places of the adapter's, and clocks of the projector's.
        "checkpoint" => drop_all(columns, &["next", "head_at", "moved_at"]),
        "parked_stream" | "dead_letter" => {
            let told = columns["error"].as_str().is_some_and(|why| !why.is_empty());
            columns.insert("error".to_owned(), json!(told));
            columns.remove("parked_at");
        }
        // The worker takes them out; what is there must be a notification.
        "pending" if view == View::Outbox => {
            let same =
                |it: &&Value| it["id"] == row["id"] && it["recorded_at"] == row["recorded_at"];
            let found = is["notification"].iter().find(same);
            assert!(found.is_some(), "pending, but no notification: {row}");
            return None;
        }
        _ => {}
    }
    Some(row)
}

fn drop_all(columns: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        assert!(columns.remove(*name).is_some(), "no column {name}");
    }
}

fn differ(table: &str, is: Vec<Value>, wanted: Vec<Value>, wrong: &mut Vec<String>) {
    let mut unmet: BTreeMap<String, usize> = BTreeMap::new();
    for row in wanted {
        *unmet.entry(normal(row).to_string()).or_default() += 1;
    }
    let mut extra = Vec::new();
    for row in is {
        let row = normal(row).to_string();
        match unmet.get_mut(&row) {
            Some(count) if *count > 0 => *count -= 1,
            _ => extra.push(row),
        }
    }
    unmet.retain(|_, count| *count > 0);
    let unmet: Vec<String> = unmet.into_keys().collect();
    if extra.is_empty() && unmet.is_empty() {
        return;
    }
    wrong.push(format!(
        "{table}: {} rows that should not be, {} that should",
        extra.len(),
        unmet.len()
    ));
    wrong.extend(
        extra
            .iter()
            .take(SHOWN)
            .map(|row| match closest(row, &unmet) {
                Some(wanted) => columns_of(row, wanted),
                None => format!("  too much: {row}"),
            }),
    );
    if extra.is_empty() {
        wrong.extend(
            unmet
                .iter()
                .take(SHOWN)
                .map(|row| format!("  missing: {row}")),
        );
    }
}

/// The expected row that is most like it.
fn closest<'a>(row: &str, unmet: &'a [String]) -> Option<&'a String> {
    let row: Value = serde_json::from_str(row).expect("JSON");
    let row = row.as_object().expect("a row").clone();
    unmet.iter().max_by_key(|wanted| {
        let wanted: Value = serde_json::from_str(wanted).expect("JSON");
        let same = |(name, value): &(&String, &Value)| wanted.get(name) == Some(value);
        row.iter().filter(same).count()
    })
}

/// Where two rows differ.
fn columns_of(is: &str, wanted: &str) -> String {
    let is: Value = serde_json::from_str(is).expect("JSON");
    let wanted: Value = serde_json::from_str(wanted).expect("JSON");
    let names = |row: &Value| -> BTreeSet<String> {
        row.as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let (has, needs) = (names(&is), names(&wanted));
    let differ = has
        .union(&needs)
        .filter(|name| is.get(name) != wanted.get(name));
    let told = differ.map(|name| {
        let (is, wanted) = (is.get(name), wanted.get(name));
        format!("    {name} is {is:?}, expected {wanted:?}")
    });
    let told: Vec<String> = told.collect();
    format!("  row {is}\n{}", told.join("\n"))
}

/// Numbers as one would write them, so that 8 and 8.0 are the same.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                json!(float as i64)
            }
            _ => Value::Number(number),
        },
        Value::Array(values) => values.into_iter().map(normal).collect(),
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name, normal(value)));
            // In one order, whatever the map's own is.
            let fields: BTreeMap<String, Value> = fields.collect();
            Value::Object(fields.into_iter().collect())
        }
        other => other,
    }
}
