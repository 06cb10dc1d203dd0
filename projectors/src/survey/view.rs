//! What the view is made of, and where its rows are.

use std::collections::HashSet;

use docket_domain::EventContext;
use docket_domain::stream::{Event, StreamId};
use docket_migrations::SURVEY;
use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::row::{self, SurveyRow};
use super::sql;
use crate::projector::{FoldError, RecordPlace, Section, Table, View};

/// The view `survey`.
#[derive(Clone, Copy, Debug)]
pub struct Survey;

impl Section for Survey {
    const NAME: &'static str = "survey";
}

impl View for Survey {
    type Rows = Table<Uuid, SurveyRow>;

    fn migrator() -> &'static Migrator {
        &SURVEY
    }

    fn shows(key: &[u8]) -> bool {
        key.starts_with(b"survey-")
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
        Ok(Table::new(rows.into_iter().map(|row| (row.id, row))))
    }

    fn apply(
        rows: &mut Self::Rows,
        id: StreamId,
        event: &Event,
        context: &EventContext,
        _: RecordPlace,
    ) -> Result<(), FoldError> {
        let (StreamId::Survey(id), Event::Survey(event)) = (id, event) else {
            return Err(FoldError::OtherStream);
        };
        let key = id.respondent().0;
        let row = row::apply(rows.get(&key), id, event, context)?;
        rows.set(key, row);
        Ok(())
    }

    async fn write(connection: &mut PgConnection, rows: Self::Rows) -> Result<usize, Error> {
        let rows = rows.changed();
        sql::upsert_surveys(connection, &rows).await?;
        Ok(rows.len())
    }
}
