//! What surveys come to: how many answered, and how well it went, by whom, what, where and when.
//!
//! Everything is counted by when customers were asked, answers too: what was asked and what came of it
//! are then of the same surveys, and a rate is one.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use utoipa::{IntoParams, ToSchema};

use super::filter::About;
use crate::access::SeesSurveys;
use crate::parameters::{Parameters, word};
use crate::problems::Error;
use crate::store::Connections;

/// What they can be counted by: columns, then times.
const BY: [&str; 8] = [
    "consultant",
    "team",
    "category",
    "store",
    "area",
    "day",
    "week",
    "month",
];
const TIMES: [&str; 3] = ["day", "week", "month"];
/// More of them nobody reads, and they would have to be held at once.
const GROUPS_MAX: usize = 10_000;

/// The parameters besides what surveys are about, for OpenAPI.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct SummaryParameters {
    /// One or more of consultant, team, category, store, area, and one of day, week (from Monday) and
    /// month, which are those of the invitation; with commas or repeated. Without it there is the
    /// total only.
    by: Option<String>,
    /// A time zone of the IANA database, whose days, weeks and months count; default UTC.
    #[param(example = "Europe/Berlin")]
    zone: Option<String>,
}

/// A summary as it was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct SummaryFilter {
    about: About,
    by: Vec<&'static str>,
    zone: String,
}

impl SummaryFilter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let about = About::parse(&mut from);
        let places = from.list("by", word(&BY));
        let mut by: Vec<&'static str> = Vec::new();
        for place in places {
            // Once is enough.
            if !by.contains(&BY[place]) {
                by.push(BY[place]);
            }
        }
        let zone = from.one("zone", zone);
        let times = by.iter().filter(|by| TIMES.contains(*by)).count();
        if times > 1 {
            from.error("by", "has more than one of day, week and month");
        }
        if zone.is_some() && times == 0 {
            from.error("zone", "needs day, week or month in by");
        }
        from.finish()?;
        Ok(Self {
            about,
            by,
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
        })
    }
}

/// As the database of time zones spells it.
fn zone(text: &str) -> Result<String, String> {
    let zone = TimeZone::get(text).ok();
    let name = zone.as_ref().and_then(TimeZone::iana_name);
    name.map(str::to_owned).ok_or_else(|| no_zone(text))
}

fn no_zone(text: &str) -> String {
    format!("{text:?} is not a time zone of the IANA database, such as Europe/Berlin")
}

/// What surveys come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveySummary)]
pub(crate) struct SummaryView {
    /// Whose days, weeks and months are meant.
    zone: String,
    total: FiguresView,
    /// In the order of what they are counted by; at most 10,000 are taken.
    groups: Vec<GroupView>,
}

/// Some of the surveys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyGroup)]
pub(crate) struct GroupView {
    /// What these have in common, by the names in `by`: an id, a name or null, or the date that the
    /// day is, or that the week or the month begins with.
    #[schema(value_type = Object)]
    of: Map<String, Value>,
    #[serde(flatten)]
    figures: FiguresView,
}

/// How many, and how well.
#[derive(Clone, PartialEq, Debug, Default, Serialize, ToSchema)]
#[schema(as = SurveyFigures)]
pub(crate) struct FiguresView {
    invited: i64,
    answered: i64,
    /// Not answered in time.
    expired: i64,
    /// Answers that may still come.
    awaited: i64,
    /// What part of the invited answered; null if there were none.
    response_rate: Option<f64>,
    /// Of the answers' scores; null if there were none.
    mean: Option<f64>,
    /// How many answers had each score, from 1 to 5.
    scores: [i64; 5],
}

impl FiguresView {
    fn of(invited: i64, expired: i64, scores: [i64; 5]) -> Self {
        let answered: i64 = scores.iter().sum();
        let points: i64 = (1..).zip(scores).map(|(score, count)| score * count).sum();
        let share = |of: i64, all: i64| {
            let thousandths = (of as f64 / all as f64 * 1_000.0).round() / 1_000.0;
            (all > 0).then_some(thousandths)
        };
        Self {
            invited,
            answered,
            expired,
            awaited: invited - answered - expired,
            response_rate: share(answered, invited),
            mean: share(points, answered),
            scores,
        }
    }

    fn and(&self, other: &Self) -> Self {
        let mut scores = self.scores;
        for (sum, more) in scores.iter_mut().zip(other.scores) {
            *sum += more;
        }
        Self::of(
            self.invited + other.invited,
            self.expired + other.expired,
            scores,
        )
    }
}

/// Counts them in one round trip.
pub(crate) async fn summary(
    pool: &Connections,
    filter: &SummaryFilter,
    sees: SeesSurveys,
) -> Result<SummaryView, Error> {
    let mut sql = statement(filter, sees);
    let rows = sql.build().fetch_all(&mut *pool.acquire().await?).await;
    let rows = rows.map_err(|error| match error.as_database_error() {
        // Our database of time zones is newer than the server's.
        Some(refused) if refused.code().as_deref() == Some("22023") => {
            Error::parameter("zone", no_zone(&filter.zone))
        }
        _ => error.into(),
    })?;
    if rows.len() > GROUPS_MAX {
        return Err(Error::parameter(
            "by",
            format!("gives more than {GROUPS_MAX} groups: count by less, or ask for less"),
        ));
    }
    let groups = rows.iter().map(|row| group(row, &filter.by));
    let groups: Vec<GroupView> = groups.collect::<Result<_, _>>()?;
    let total = groups
        .iter()
        .fold(FiguresView::default(), |sum, group| sum.and(&group.figures));
    Ok(SummaryView {
        zone: filter.zone.clone(),
        total,
        groups: if filter.by.is_empty() {
            Vec::new()
        } else {
            groups
        },
    })
}

/// A row per group: the columns of `by` as texts, then the counts.
fn statement(filter: &SummaryFilter, sees: SeesSurveys) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    for by in &filter.by {
        sql.push(format_args!("g.{by}::text, "));
    }
    sql.push("count(*), count(*) FILTER (WHERE g.score IS NULL AND g.expires_at < now())");
    for score in 1..=5 {
        sql.push(format_args!(", count(*) FILTER (WHERE g.score = {score})"));
    }
    sql.push(" FROM (SELECT s.*");
    for time in filter.by.iter().filter(|by| TIMES.contains(by)) {
        sql.push(format_args!(
            ", date_trunc('{time}', s.invited_at AT TIME ZONE "
        ))
        .push_bind(filter.zone.clone())
        .push(format_args!(")::date AS {time}"));
    }
    sql.push(" FROM survey s WHERE true");
    sees.only(&mut sql);
    filter.about.only(&mut sql);
    sql.push(") g");
    if !filter.by.is_empty() {
        let columns: Vec<String> = filter.by.iter().map(|by| format!("g.{by}")).collect();
        let columns = columns.join(", ");
        sql.push(format_args!(" GROUP BY {columns} ORDER BY {columns}"));
    }
    sql.push(format_args!(" LIMIT {}", GROUPS_MAX + 1));
    sql
}

fn group(row: &PgRow, by: &[&'static str]) -> Result<GroupView, Error> {
    let mut of = Map::new();
    for (place, by) in by.iter().enumerate() {
        let shared: Option<String> = row.try_get(place)?;
        of.insert((*by).to_owned(), shared.into());
    }
    let count = |place: usize| row.try_get::<i64, _>(by.len() + place);
    let scores = [count(2)?, count(3)?, count(4)?, count(5)?, count(6)?];
    Ok(GroupView {
        of,
        figures: FiguresView::of(count(0)?, count(1)?, scores),
    })
}
