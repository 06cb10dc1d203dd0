//! What people see without asking for each ticket: the consultants' phones, which are told what is
//! assigned to them, and the manager's screen, which shows the queue.
//!
//! Both look at what is, not at what has changed, so nothing is missed; one look serves all phones,
//! as a push service would.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Error;
use super::desk::Desk;

const PHONES_EVERY: Duration = Duration::from_millis(100);
const QUEUE_EVERY: Duration = Duration::from_secs(1);

/// What a look shows.
#[derive(Debug)]
pub(super) enum Look {
    /// The tickets that somebody has been given and not answered for.
    Phones(Vec<Assigned>),
    /// The tickets that wait.
    Queue(Vec<Waiting>),
    /// Nothing can be seen.
    Failed(Error),
}

/// A ticket on a consultant's phone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assigned {
    pub(super) ticket: Uuid,
    pub(super) consultant: Uuid,
    /// How often it has been given to somebody.
    pub(super) assignments: u64,
}

/// A ticket in the queue.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) ticket: Uuid,
    /// Whether routers leave it to a manager.
    pub(super) given_up: bool,
    /// Why it waits, in words.
    pub(super) why: String,
}

/// Looks again and again, until it is dropped.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) looks: mpsc::Receiver<Look>,
    task: JoinHandle<()>,
}

impl Board {
    pub(super) fn watch(desk: &Desk, token: &str, team: &str) -> Self {
        // One look ahead: what nobody has taken note of yet needs no fresher one.
        let (seen, looks) = mpsc::channel(1);
        let phones =
            format!("/v1/tickets?team={team}&status=assigned&limit=200&sort=updated_at&order=asc");
        let queue = format!("/v1/queue?team={team}&limit=200");
        let (desk, token) = (desk.clone(), token.to_owned());
        let task = tokio::spawn(async move {
            let mut queue_due = Instant::now();
            loop {
                if send(
                    &seen,
                    assigned(&desk, &token, &phones).await.map(Look::Phones),
                )
                .await
                {
                    return;
                }
                if queue_due <= Instant::now() {
                    queue_due = Instant::now() + QUEUE_EVERY;
                    if send(&seen, waiting(&desk, &token, &queue).await.map(Look::Queue)).await {
                        return;
                    }
                }
                sleep(PHONES_EVERY).await;
            }
        });
        Self { looks, task }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether it was the last one.
async fn send(seen: &mpsc::Sender<Look>, look: Result<Look, Error>) -> bool {
    let failed = look.is_err();
    seen.send(look.unwrap_or_else(Look::Failed)).await.is_err() || failed
}

async fn assigned(desk: &Desk, token: &str, path: &str) -> Result<Vec<Assigned>, Error> {
    let page = desk.read(path, token, None).await?;
    let tickets = page["tickets"].as_array().into_iter().flatten();
    let assigned = tickets.filter_map(|ticket| {
        Some(Assigned {
            ticket: uuid(&ticket["id"])?,
            consultant: uuid(&ticket["assignee"])?,
            assignments: ticket["assignment_count"].as_u64()?,
        })
    });
    Ok(assigned.collect())
}

async fn waiting(desk: &Desk, token: &str, path: &str) -> Result<Vec<Waiting>, Error> {
    Ok(of_queue(&desk.read(path, token, None).await?))
}

/// Everything that waits, however much it is.
pub(super) async fn whole_queue(
    desk: &Desk,
    token: &str,
    team: &str,
) -> Result<Vec<Waiting>, Error> {
    let first = format!("/v1/queue?team={team}&limit=200");
    let (mut waiting, mut path) = (Vec::new(), first.clone());
    loop {
        let page = desk.read(&path, token, None).await?;
        waiting.extend(of_queue(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return Ok(waiting),
        }
    }
}

fn of_queue(page: &Value) -> Vec<Waiting> {
    let tickets = page["tickets"].as_array().into_iter().flatten();
    let waiting = tickets.filter_map(|ticket| {
        let why = &ticket["why"];
        Some(Waiting {
            ticket: uuid(&ticket["ticket"])?,
            given_up: why["reason"] == "manager",
            why: why["text"].as_str().unwrap_or_default().to_owned(),
        })
    });
    waiting.collect()
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
