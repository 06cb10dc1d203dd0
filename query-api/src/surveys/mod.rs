//! Surveys: who was asked how a closing went, what they answered, and what it comes to.
//!
//! Reads the survey view, which may lie in another database than the rest, and needs nothing else.

mod filter;
mod summary;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, QueryBuilder};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::SeesSurveys;
use crate::problems::Error;
use crate::store::{Connections, MaybeTime};

pub(crate) use filter::{AboutParameters, Filter, SurveyList, SurveyParameters};
pub(crate) use summary::{
    FiguresView, GroupView, SummaryFilter, SummaryParameters, SummaryView, summary,
};

/// A page of surveys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyPage)]
pub(crate) struct Page {
    pub(crate) surveys: Vec<SurveyView>,
    /// To be sent as `cursor`, with the same filters, for what comes next; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A customer who was asked how a closing of a ticket went, and what they answered. What it says of
/// the ticket is as it was when the ticket was closed.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = Survey)]
pub(crate) struct SurveyView {
    pub(crate) ticket: Uuid,
    /// Which of its closings, from 1.
    pub(crate) closing: i64,
    /// `answered`; `awaited`; `expired` if it was not answered in time.
    pub(crate) state: String,
    /// Null: somebody without an account.
    pub(crate) customer: Option<Uuid>,
    /// By which way they were asked: `email` or `sms`.
    pub(crate) channel: String,
    /// A BCP 47 tag.
    pub(crate) language: Option<String>,
    /// Who worked the ticket.
    pub(crate) consultant: Option<Uuid>,
    pub(crate) team: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) area: Option<String>,
    /// Business time, like the times below.
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) invited_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    #[sqlx(try_from = "jiff_sqlx::Timestamp")]
    pub(crate) expires_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[sqlx(try_from = "Option<jiff_sqlx::Timestamp>")]
    pub(crate) answered_at: MaybeTime,
    /// 1 (badly) to 5 (very well).
    pub(crate) score: Option<i16>,
    /// In the customer's words.
    pub(crate) text: Option<String>,
    /// Fields whose personal data was destroyed for good; they are null.
    pub(crate) erased: Vec<String>,
}

const COLUMNS: &str = "s.ticket, s.closing, s.customer, s.channel, s.language, s.consultant, s.team, \
    s.category, s.store, s.area, s.invited_at, s.expires_at, s.answered_at, s.score, s.text, \
    CASE WHEN s.text_erased THEN ARRAY['text'] ELSE ARRAY[]::text[] END AS erased, \
    CASE WHEN s.score IS NOT NULL THEN 'answered' WHEN s.expires_at < now() THEN 'expired' \
    ELSE 'awaited' END AS state, s.id";

/// Reads a page in one round trip.
pub(crate) async fn page(
    pool: &Connections,
    filter: &Filter,
    sees: SeesSurveys,
) -> Result<Page, Error> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS);
    filter.order.key(&mut sql);
    sql.push(" FROM survey s WHERE true");
    sees.only(&mut sql);
    filter.only(&mut sql);
    filter.order.after(&mut sql);
    filter.order.page(&mut sql);
    let rows = sql.build().fetch_all(&mut *pool.acquire().await?).await?;
    let (surveys, next_cursor) = filter.order.read(&rows, read)?;
    Ok(Page {
        surveys,
        next_cursor,
    })
}

fn read(row: &PgRow) -> Result<(Uuid, SurveyView), Error> {
    Ok((sqlx::Row::try_get(row, "id")?, SurveyView::from_row(row)?))
}
