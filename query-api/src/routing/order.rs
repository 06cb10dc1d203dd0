//! The order in which tickets have their turn, in SQL.
//!
//! The turn is what routers go by (`domain/src/routing/job.rs`): critical tickets first; then the
//! oldest, each step of priority below high counted as opened so much later. How much is a setting, so
//! no index has the turns; but tickets of one priority have them in the order in which they were
//! opened. A page is the beginning of each priority, merged: however many wait, no more are read; nor,
//! if it is a team's, any of other teams.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{Postgres, QueryBuilder};

use crate::list::Order;

/// A waiting ticket (as `w`) and what it asks for, by itself, by its category or by its store.
const WANTS: &str = "SELECT w.*,
    CASE WHEN w.skills <> '[]' THEN w.skills
        ELSE coalesce(c.content -> 'skills', '[]') END AS needs,
    s.content ->> 'area' AS area,
    coalesce(w.latitude, (s.content #>> '{place,latitude}')::double precision) AS spot_y,
    coalesce(w.longitude, (s.content #>> '{place,longitude}')::double precision) AS spot_x";

const FROM: &str = " FROM ticket w
    LEFT JOIN catalogue_entry c ON c.kind = 'category' AND c.key = w.category
    LEFT JOIN catalogue_entry s ON s.kind = 'store' AND s.key = w.store
    WHERE w.status = 'open' AND w.live";

/// All that wait, and one condition that always holds.
pub(super) fn waiting() -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(WANTS);
    sql.push(FROM);
    sql
}

/// A page of those of these priorities that fit, by turn.
pub(super) fn page(
    order: &Order,
    priorities: &[i16],
    priority_step_s: u32,
    fits: impl Fn(&mut QueryBuilder<Postgres>),
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT *, turn AS sort_key FROM (");
    for (place, priority) in priorities.iter().enumerate() {
        if place > 0 {
            sql.push(" UNION ALL ");
        }
        let turns = Turns::of(*priority, priority_step_s);
        sql.push("(SELECT * FROM (").push(WANTS);
        turns.column(&mut sql);
        sql.push(FROM)
            .push(" AND w.priority = ")
            .push_bind(*priority);
        if let Some(turn) = order.behind() {
            turns.behind(&mut sql, turn, order.descending());
        }
        sql.push(") t WHERE true");
        fits(&mut sql);
        order.after(&mut sql);
        let direction = order.direction();
        sql.push(format_args!(
            " ORDER BY t.opened_at {direction}, t.id {direction}"
        ));
        order.limit(&mut sql);
        sql.push(")");
    }
    sql.push(") t");
    order.page(&mut sql);
    sql
}

/// The turns of one priority.
///
/// They sort as the policy's `Turn` does: the second it is due; of those of one second the one that was
/// opened first, which is the one with the most steps; the rest of the opening's second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Turns {
    /// Apart from those of critical tickets.
    base: i64,
    /// By which a ticket counts as opened later.
    later_s: i64,
    /// 2 without a step, 0 with two.
    behind: i64,
}

const CRITICAL: i16 = 3;

impl Turns {
    fn of(priority: i16, priority_step_s: u32) -> Self {
        let steps = match priority {
            _ if priority_step_s == 0 => 0,
            0 => 2,
            1 => 1,
            _ => 0,
        };
        Self {
            base: if priority == CRITICAL {
                -4_000_000_000_000_000_000
            } else {
                0
            },
            later_s: steps * i64::from(priority_step_s),
            behind: 2 - steps,
        }
    }

    /// The turn of a ticket (as `w`), as one column more.
    fn column(self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(format_args!(
            ", {} + ((floor(extract(epoch FROM w.opened_at))::bigint + {}) * 3 + {}) * 1000000
              + extract(microseconds FROM w.opened_at)::bigint % 1000000 AS turn",
            self.base, self.later_s, self.behind
        ));
    }

    /// Leaves tickets (as `w`) whose turn may come behind that one; which ones it does is for others
    /// to say, this is for the index.
    fn behind(self, sql: &mut QueryBuilder<Postgres>, turn: i64, descending: bool) {
        let second = self.opened_s(turn);
        if descending {
            sql.push(" AND w.opened_at < ")
                .push_bind(time(second.saturating_add(1)).to_sqlx());
        } else {
            sql.push(" AND w.opened_at >= ")
                .push_bind(time(second).to_sqlx());
        }
    }

    /// The second in which a ticket with that turn was opened, or the one before it has no ticket
    /// behind that turn.
    fn opened_s(self, turn: i64) -> i64 {
        let due = turn.saturating_sub(self.base).div_euclid(1_000_000);
        (due - self.behind).div_euclid(3) - self.later_s
    }
}

/// That second, or the nearest that both of us and Postgres know.
fn time(second: i64) -> Timestamp {
    const YEAR_1_S: i64 = -62_135_596_800;
    let latest = Timestamp::MAX.as_second();
    Timestamp::from_second(second.clamp(YEAR_1_S, latest)).unwrap_or(Timestamp::MAX)
}
