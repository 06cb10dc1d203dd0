//! What the queries say: the team's tickets, each with its timeline; what surveys come to; and when
//! its people said that they work, as each read it back.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::demo::Error;
use crate::demo::desk::Desk;
use crate::demo::history::{Happening, History};

const AT_ONCE: usize = 8;

/// The query API, asked about one run.
pub(in crate::demo) struct Queries<'a> {
    pub(in crate::demo) desk: &'a Desk,
    pub(in crate::demo) token: &'a str,
    pub(in crate::demo) team: &'a str,
    /// Who said when that they take tickets or don't, as the consultants' view showed it to them.
    pub(in crate::demo) shifts: &'a [(Uuid, bool, i64)],
}

impl Queries<'_> {
    /// All that there is of the run now.
    pub(in crate::demo) async fn read(&self) -> Result<History, Error> {
        let ids = self.tickets().await?;
        let timelines = stream::iter(ids).map(async |id| {
            let path = format!("/v1/tickets/{id}/timeline?limit=200");
            let timeline = self.desk.read(&path, self.token, None).await?;
            Ok::<_, Error>((id, happenings(&timeline)))
        });
        let mut history = History {
            tickets: timelines.buffer_unordered(AT_ONCE).try_collect().await?,
            ..History::default()
        };
        for (who, is, at_us) in self.shifts {
            history.available(*who, *is, *at_us);
        }
        let path = format!("/v1/surveys/summary?team={}", self.team);
        let total = &self.desk.read(&path, self.token, None).await?["total"];
        let count = |value: &Value| value.as_u64().unwrap_or_default();
        history.surveys.invited = count(&total["invited"]);
        for (score, slot) in history.surveys.scores.iter_mut().enumerate() {
            *slot = count(&total["scores"][score]);
        }
        Ok(history)
    }

    async fn tickets(&self) -> Result<Vec<Uuid>, Error> {
        let list = format!(
            "/v1/tickets?team={}&sort=opened_at&order=asc&limit=200",
            self.team
        );
        let (mut ids, mut path) = (Vec::new(), list.clone());
        loop {
            let page = self.desk.read(&path, self.token, None).await?;
            let tickets = page["tickets"].as_array().into_iter().flatten();
            ids.extend(tickets.filter_map(|ticket| uuid(&ticket["id"])));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("{list}&cursor={cursor}"),
                None => return Ok(ids),
            }
        }
    }
}

/// A timeline's entries, with the ticket's status and worker as their changes add up to.
fn happenings(timeline: &Value) -> Vec<Happening> {
    let (mut status, mut assignee) = (String::new(), None);
    let entries = timeline["entries"].as_array().into_iter().flatten();
    let entries = entries.map(|entry| {
        let changes = &entry["changes"];
        if let Some(changed) = changes["status"].as_str() {
            changed.clone_into(&mut status);
        }
        if let Some(changed) = changes.get("assignee") {
            assignee = uuid(changed);
        }
        Happening {
            at_us: micros(&entry["occurred_at"]),
            kind: entry["type"].as_str().unwrap_or_default().to_owned(),
            by_service: entry["role"] == "service",
            worker: assignee.filter(|_| status == "in_progress"),
            status: status.clone(),
        }
    });
    entries.collect()
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

pub(in crate::demo) fn micros(time: &Value) -> i64 {
    let time = time
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(0, Timestamp::as_microsecond)
}
