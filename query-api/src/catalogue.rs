//! The catalogue: what there is to choose from, for everybody who offers or makes a choice.

use docket_service::Position;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::position;
use crate::problems::Error;
use crate::store::Connections;

/// The kinds of entries, as they stand in paths and answers.
pub(crate) const KINDS: [&str; 5] = ["category", "skill", "store", "area", "holiday"];

/// The catalogue, or its entries of one kind; at most 10,000 are taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Catalogue {
    /// How many events there are of the catalogue as a whole; the `ETag`.
    pub(crate) version: i32,
    /// By kind and name; holidays by date.
    #[schema(value_type = Vec<CatalogueEntry>)]
    pub(crate) entries: Vec<Map<String, Value>>,
}

/// Something to choose from, for OpenAPI.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct CatalogueEntry {
    /// category, skill, store, area or holiday.
    #[schema(required = true)]
    kind: String,
    #[schema(required = true)]
    name: String,
    /// Of a category: what it asks of a consultant unless the ticket says otherwise.
    skills: Option<Vec<String>>,
    /// Of a store: where it is.
    place: Option<crate::ticket::PlaceView>,
    /// Of a store: where it lies. Of a holiday: where it is one; everywhere if null.
    area: Option<String>,
    /// Of a holiday: which day.
    #[schema(format = Date)]
    date: Option<String>,
}

/// Reads it as of one moment, and where the view stood then, in one round trip.
pub(crate) async fn read(
    pool: &Connections,
    kind: Option<&'static str>,
) -> Result<(Catalogue, Option<Position>), Error> {
    const SQL: &str = "
        SELECT k.partition, k.incarnation, k.sequence, c.version,
               jsonb_build_object('kind', e.kind) || e.content
        FROM (SELECT) AS always
        LEFT JOIN catalogue c ON true
        LEFT JOIN checkpoint k ON k.partition = c.partition
        LEFT JOIN catalogue_entry e ON $1::text IS NULL OR e.kind = $1
        ORDER BY e.kind, e.key";
    let rows = sqlx::query(SQL)
        .bind(kind)
        .fetch_all(&mut *pool.acquire().await?)
        .await?;
    let mut catalogue = Catalogue {
        version: 0,
        entries: Vec::with_capacity(rows.len()),
    };
    let mut position = None;
    for row in &rows {
        position = position::of_row(row, 0)?;
        catalogue.version = row.try_get::<Option<_>, _>(3)?.unwrap_or(0);
        let entry: Option<Json<Map<String, Value>>> = row.try_get(4)?;
        catalogue.entries.extend(entry.map(|entry| entry.0));
    }
    Ok((catalogue, position))
}
