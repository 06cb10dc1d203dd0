//! What the view is made of, and where its rows are.

use std::collections::HashSet;

use docket_domain::EventContext;
use docket_domain::customer::CustomerEvent;
use docket_domain::stream::{Event, StreamId};
use docket_migrations::SURVEY;
use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::row::{self, SurveyRow};
use super::{erasure, sql};
use crate::projector::{FoldError, RecordPlace, Section, Table, View};

/// The view `survey`.
#[derive(Clone, Copy, Debug)]
pub struct Survey;

impl Section for Survey {
    const NAME: &'static str = "survey";
    const COMMIT_INTERVAL_MS: u64 = 100;
}

/// What a batch is folded on.
#[derive(Debug)]
pub(crate) struct Rows {
    surveys: Table<Uuid, SurveyRow>,
    /// Customers whom it erases.
    erased: Vec<Uuid>,
}

impl View for Survey {
    type Rows = Rows;

    fn migrator() -> &'static Migrator {
        &SURVEY
    }

    fn shows(key: &[u8]) -> bool {
        key.starts_with(b"survey-") || key.starts_with(b"customer-")
    }

    async fn read(
        connection: &mut PgConnection,
        streams: &HashSet<StreamId>,
    ) -> Result<Self::Rows, Error> {
        let ids = streams.iter().filter_map(|stream| match stream {
            StreamId::Survey(id) => Some(id.respondent().0),
            _ => None,
        });
        let ids: Vec<Uuid> = ids.collect();
        let rows = sql::select_surveys(connection, &ids).await?;
        Ok(Rows {
            surveys: Table::new(rows.into_iter().map(|row| (row.id, row))),
            erased: Vec::new(),
        })
    }

    fn apply(
        rows: &mut Self::Rows,
        id: StreamId,
        event: &Event,
        context: &EventContext,
        _: RecordPlace,
    ) -> Result<(), FoldError> {
        match (id, event) {
            (StreamId::Survey(id), Event::Survey(event)) => {
                let key = id.respondent().0;
                let row = row::apply(rows.surveys.get(&key), id, event, context)?;
                rows.surveys.set(key, row);
            }
            (StreamId::Customer(id), Event::Customer(CustomerEvent::Erased)) => {
                rows.erased.push(id.0);
            }
            (StreamId::Customer(_), Event::Customer(_)) => {}
            _ => return Err(FoldError::OtherStream),
        }
        Ok(())
    }

    async fn write(connection: &mut PgConnection, rows: Self::Rows) -> Result<usize, Error> {
        erasure::erase(connection, &rows.erased).await?;
        let mut surveys = rows.surveys.changed();
        erasure::blank(connection, &mut surveys).await?;
        sql::upsert_surveys(connection, &surveys).await?;
        Ok(surveys.len() + rows.erased.len())
    }
}
