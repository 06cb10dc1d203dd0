//! Rows into tables, many at a time: one statement per table and batch, its columns as arrays.

/// `INSERT INTO table (columns) SELECT * FROM UNNEST(arrays)`, then `end`.
pub(crate) fn insert_unnest(table: &str, columns: &[(&str, &str)], end: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, (_, kind))| format!("${}::{kind}[]", place + 1))
        .collect();
    format!(
        "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) {end}",
        names.join(", "),
        arrays.join(", ")
    )
}

/// One place that names a table's columns, their types and the row's fields, so that arrays and
/// columns can't get out of step.
macro_rules! table_writer {
    ($columns:ident, $function:ident, $table:literal, $row:ty, $end:expr, { $($column:ident: $kind:literal = $field:ident),+ $(,)? }) => {
        const $columns: &[(&str, &str)] = &[$((stringify!($column), $kind)),+];

        pub(crate) async fn $function(
            connection: &mut sqlx::postgres::PgConnection,
            rows: &[$row],
        ) -> sqlx::Result<()> {
            static SQL: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                $crate::projector::sql::insert_unnest($table, $columns, &$end($columns))
            });
            if rows.is_empty() {
                return Ok(());
            }
            sqlx::query(sqlx::AssertSqlSafe(SQL.as_str()))
                $(.bind(rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()))+
                .execute(connection)
                .await?;
            Ok(())
        }
    };
}

pub(crate) use table_writer;

/// Nobody else writes such a row.
pub(crate) fn nothing(_: &[(&str, &str)]) -> String {
    String::new()
}

/// The row takes the place of the one with the same key.
pub(crate) fn replacing(key: &str) -> impl Fn(&[(&str, &str)]) -> String {
    move |columns| {
        let set: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("{name} = excluded.{name}"))
            .collect();
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
    }
}

/// The rows of these ids, as far as there are any; without what Postgres makes of them.
macro_rules! table_reader {
    ($columns:ident, $function:ident, $table:literal, $row:ty) => {
        pub(crate) async fn $function(
            connection: &mut sqlx::postgres::PgConnection,
            ids: &[uuid::Uuid],
        ) -> sqlx::Result<Vec<$row>> {
            static SQL: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                let names: Vec<&str> = $columns.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                format!("SELECT {names} FROM {} WHERE id = ANY($1)", $table)
            });
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            sqlx::query_as(sqlx::AssertSqlSafe(SQL.as_str()))
                .bind(ids)
                .fetch_all(connection)
                .await
        }
    };
}
pub(crate) use table_reader;
