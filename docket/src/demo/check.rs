//! Whether everybody says the same of the day: the log, the queries, and the people who were told
//! what became of their commands. Any difference is named exactly.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Error;
use super::figures::Figures;
use super::history::History;
use super::witness::{Log, Queries};

/// Views follow the log, and the last of it may not have been seen yet.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(300);
/// The most tickets whose timelines are named.
const NAMED_MAX: usize = 3;

/// Events by kind, as people were told of them.
pub(super) type Told = BTreeMap<&'static str, u64>;

/// What the log says, and where others differ from it.
pub(super) struct Checked {
    pub(super) history: History,
    pub(super) figures: Figures,
    pub(super) differences: Vec<String>,
}

/// Hears both witnesses until they agree, for some time.
pub(super) async fn check(log: &Log, queries: &Queries<'_>, told: &Told) -> Result<Checked, Error> {
    let began = Instant::now();
    loop {
        let history = log.read().await?;
        let checked = compare(history, &queries.read().await?, told);
        if checked.differences.is_empty() || began.elapsed() > PATIENCE {
            return Ok(checked);
        }
        sleep(PAUSE).await;
    }
}

fn compare(log: History, queries: &History, told: &Told) -> Checked {
    let figures = Figures::of(&log);
    let mut differences = between(&figures, &Figures::of(queries));
    differences.extend(timelines(&log, queries));
    differences.extend(of_told(&figures, told));
    Checked {
        history: log,
        figures,
        differences,
    }
}

/// Every figure by its name, in both.
pub(super) fn between(log: &Figures, queries: &Figures) -> Vec<String> {
    let leaves = |figures: &Figures| {
        let mut leaves = BTreeMap::new();
        let figures = serde_json::to_value(figures).unwrap_or_default();
        gather(&figures, String::new(), &mut leaves);
        leaves
    };
    let (log, queries) = (leaves(log), leaves(queries));
    let names: BTreeSet<&String> = log.keys().chain(queries.keys()).collect();
    let differing = names.into_iter().filter_map(|name| {
        let (log, queries) = (log.get(name), queries.get(name));
        let text = |value: Option<&Value>| value.map_or_else(|| "nothing".into(), Value::to_string);
        (log != queries).then(|| {
            format!(
                "{name}: the log says {}, the queries {}",
                text(log),
                text(queries)
            )
        })
    });
    differing.collect()
}

fn gather(value: &Value, name: String, leaves: &mut BTreeMap<String, Value>) {
    let below = |member: &str| match name.as_str() {
        "" => member.to_owned(),
        name => format!("{name}.{member}"),
    };
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                gather(value, below(member), leaves);
            }
        }
        Value::Array(values) => {
            for (place, value) in (1..).zip(values) {
                gather(value, below(&format!("{place}")), leaves);
            }
        }
        _ => drop(leaves.insert(name, value.clone())),
    }
}

/// Figures may agree by chance; timelines don't.
fn timelines(log: &History, queries: &History) -> Vec<String> {
    let ids: BTreeSet<_> = log.tickets.keys().chain(queries.tickets.keys()).collect();
    let differing: Vec<_> = ids
        .into_iter()
        .filter(|id| log.tickets.get(id) != queries.tickets.get(id))
        .collect();
    let named = differing.iter().take(NAMED_MAX).map(ToString::to_string);
    let named: Vec<_> = named.collect();
    let more = if differing.len() > NAMED_MAX {
        " …"
    } else {
        ""
    };
    (!differing.is_empty())
        .then(|| {
            format!(
                "{} timelines are not what the log says: {}{more}",
                differing.len(),
                named.join(", ")
            )
        })
        .into_iter()
        .collect()
}

/// Whoever was told that something is done finds it in the log, once, and nobody else did it.
fn of_told(log: &Figures, told: &Told) -> Vec<String> {
    let mut happened = log.by_people.clone();
    happened.insert("answered".to_owned(), log.answered());
    let kinds: BTreeSet<&str> = happened
        .keys()
        .map(String::as_str)
        .chain(told.keys().copied())
        .collect();
    let differing = kinds.into_iter().filter_map(|kind| {
        let log = happened.get(kind).copied().unwrap_or_default();
        let told = told.get(kind).copied().unwrap_or_default();
        (log != told).then(|| format!("{kind}: the log has {log}, people were told of {told}"))
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::history::{Happening, Shift};
    use super::*;

    const TICKET: Uuid = Uuid::from_u128(1);
    const ANNA: Uuid = Uuid::from_u128(2);

    fn happening(at_us: i64, kind: &str, status: &str) -> Happening {
        Happening {
            at_us,
            kind: kind.to_owned(),
            by_service: kind == "assigned",
            status: status.to_owned(),
            worker: (status == "in_progress").then_some(ANNA),
        }
    }

    /// One ticket, one answer, one shift.
    fn a_day() -> (History, Told) {
        let mut history = History::default();
        let course = [
            (10, "opened", "open"),
            (40, "assigned", "assigned"),
            (50, "accepted", "in_progress"),
            (90, "resolved", "resolved"),
        ];
        let course = course.map(|(at, kind, status)| happening(at, kind, status));
        history.tickets.insert(TICKET, course.to_vec());
        let shift = Shift {
            from_us: 0,
            to_us: Some(80),
        };
        history.shifts.insert(ANNA, vec![shift]);
        history.surveys.invited = 1;
        history.surveys.scores[4] = 1;
        let told = ["opened", "accepted", "resolved", "answered"].map(|kind| (kind, 1));
        (history, told.into())
    }

    #[test]
    fn those_who_saw_the_same_agree() {
        let (history, told) = a_day();
        let checked = compare(history.clone(), &history, &told);
        assert!(checked.differences.is_empty(), "{:?}", checked.differences);
        let figures = checked.figures;
        assert_eq!(figures.time_to_assign.max_us, 30);
        assert_eq!((figures.work.busy_us, figures.work.overtime_us), (30, 10));
        assert_eq!(figures.work.on_shift_us, 80);
        assert_eq!((figures.queue.max, figures.mean_score()), (1, Some(5.0)));
    }

    #[test]
    fn any_wrong_number_is_named() {
        let (log, told) = a_day();
        let said = |queries: &History, told: &Told| compare(log.clone(), queries, told).differences;

        let mut late = log.clone();
        late.tickets.get_mut(&TICKET).expect("it is there")[1].at_us += 1;
        let said_of_late = said(&late, &told);
        let expected = "time_to_assign.max_us: the log says 30, the queries 31";
        assert!(
            said_of_late.iter().any(|it| it == expected),
            "{said_of_late:?}"
        );
        let timeline = format!("1 timelines are not what the log says: {TICKET}");
        assert!(said_of_late.contains(&timeline), "{said_of_late:?}");

        let mut kinder = log.clone();
        kinder.surveys.scores = [0, 0, 0, 1, 0];
        let expected = [
            "scores.4: the log says 0, the queries 1",
            "scores.5: the log says 1, the queries 0",
        ];
        assert_eq!(said(&kinder, &told), expected);

        let mut longer = log.clone();
        longer.shifts.get_mut(&ANNA).expect("she is there")[0].to_us = None;
        assert!(
            said(&longer, &told)
                .iter()
                .any(|it| it.starts_with("work.on_shift_us"))
        );

        let nobody = History::default();
        assert!(
            said(&nobody, &told).contains(&"tickets: the log says 1, the queries 0".to_owned())
        );

        let mut twice = told.clone();
        twice.insert("resolved", 2);
        assert_eq!(
            said(&log, &twice),
            ["resolved: the log has 1, people were told of 2"]
        );
        let mut lost = told;
        lost.remove("accepted");
        assert_eq!(
            said(&log, &lost),
            ["accepted: the log has 1, people were told of 0"]
        );
    }
}
