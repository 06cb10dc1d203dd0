//! What surveys are asked for by, and how it is read from the query string.

use jiff::Timestamp;
use sqlx::{Postgres, QueryBuilder};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::list::{KeyOf, List, Order, Sort, listed, within};
use crate::parameters::{Parameters, YES_OR_NO, text, time, uuid, word};
use crate::problems::Error;

/// Lists of surveys; the newest first.
static LIST: List = List {
    name: "surveys",
    search: None,
    sorts: &[
        Sort::new("invited_at", "s.invited_at", KeyOf::Time),
        Sort::new("answered_at", "s.answered_at", KeyOf::Time),
        Sort::new("score", "s.score", KeyOf::Number),
    ],
    descending: true,
    id: "s.id",
};
listed!(SurveyList of LIST);

/// What surveys are about, and when they were asked; lists and summaries are filtered by it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct AboutParameters {
    /// Who worked the ticket.
    consultant: Option<Uuid>,
    team: Option<String>,
    category: Option<String>,
    store: Option<String>,
    area: Option<String>,
    /// At or after this time (RFC 3339).
    invited_from: Option<String>,
    /// Before this time.
    invited_to: Option<String>,
}

/// What only lists are filtered by. Sorted by `answered_at` or score, a list has none that was not
/// answered.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct SurveyParameters {
    customer: Option<Uuid>,
    ticket: Option<Uuid>,
    /// true for what was answered, false for what was not (yet).
    answered: Option<bool>,
    /// At or after this time (RFC 3339).
    answered_from: Option<String>,
    /// Before this time.
    answered_to: Option<String>,
    /// At least this score, 1 to 5.
    #[param(minimum = 1, maximum = 5)]
    score_from: Option<u8>,
    /// At most this score, 1 to 5.
    #[param(minimum = 1, maximum = 5)]
    score_to: Option<u8>,
}

/// From a time on, and before one.
type Times = (Option<Timestamp>, Option<Timestamp>);

/// What they are about: all that is `Some` must hold.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct About {
    consultant: Option<Uuid>,
    texts: [(&'static str, Option<String>); 4],
    invited: Times,
}

impl About {
    pub(super) fn parse(from: &mut Parameters) -> Self {
        Self {
            consultant: from.one("consultant", uuid),
            texts: ["team", "category", "store", "area"].map(|name| (name, from.one(name, text))),
            invited: (from.one("invited_from", time), from.one("invited_to", time)),
        }
    }

    /// Leaves those of `survey` (as `s`) that fit.
    pub(super) fn only(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(consultant) = self.consultant {
            sql.push(" AND s.consultant = ").push_bind(consultant);
        }
        for (column, text) in &self.texts {
            if let Some(text) = text {
                sql.push(format_args!(" AND s.{column} = "))
                    .push_bind(text.clone());
            }
        }
        within(sql, "s.invited_at", self.invited);
    }
}

/// A list: all that is `Some` must hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    about: About,
    customer: Option<Uuid>,
    ticket: Option<Uuid>,
    answered: Option<bool>,
    answered_times: Times,
    scores: (Option<i16>, Option<i16>),
    pub(super) order: Order,
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let filter = Self {
            about: About::parse(&mut from),
            customer: from.one("customer", uuid),
            ticket: from.one("ticket", uuid),
            answered: from
                .one("answered", word(&YES_OR_NO))
                .map(|place| place == 1),
            answered_times: (
                from.one("answered_from", time),
                from.one("answered_to", time),
            ),
            scores: (from.one("score_from", score), from.one("score_to", score)),
            order: Order::parse(&mut from, &LIST),
        };
        from.finish()?;
        Ok(filter)
    }

    /// Leaves those of `survey` (as `s`) that fit.
    pub(super) fn only(&self, sql: &mut QueryBuilder<Postgres>) {
        self.about.only(sql);
        for (column, id) in [("customer", self.customer), ("ticket", self.ticket)] {
            if let Some(id) = id {
                sql.push(format_args!(" AND s.{column} = ")).push_bind(id);
            }
        }
        for (bound, score) in [(">=", self.scores.0), ("<=", self.scores.1)] {
            if let Some(score) = score {
                sql.push(format_args!(" AND s.score {bound} "))
                    .push_bind(score);
            }
        }
        within(sql, "s.answered_at", self.answered_times);
        // In these words, since the indices of the answers have them.
        if self.answered == Some(true) || self.order.sort() != "invited_at" {
            sql.push(" AND s.answered_at IS NOT NULL");
        }
        if self.answered == Some(false) {
            sql.push(" AND s.answered_at IS NULL");
        }
    }
}

fn score(text: &str) -> Result<i16, String> {
    match text.parse() {
        Ok(score @ 1..=5) => Ok(score),
        _ => Err(format!("{text:?} is not a score: a number from 1 to 5")),
    }
}
