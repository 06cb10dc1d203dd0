//! What a load balancer and a sensible client do together: each request goes to the next replica
//! that is ready, and what gets no outcome is repeated, with the same key, at the next one.

mod bulk;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use crate::answer::{Answer, NO_ANSWER, Outcome};
use crate::ask::{Ask, PEOPLE, Person};
use crate::cluster::Cluster;
use crate::replica::Replica;

/// How often readiness is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// A replica that doesn't say within this that it is ready is not.
const LOOK_PATIENCE: Duration = Duration::from_millis(500);
/// How long the first attempt waits, and any; each waits twice as long as the one before that got no
/// answer, or clients would bury a replica that is only slow. What one waited for may still happen.
const ATTEMPT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(8));
/// The first pause between attempts after every replica was asked, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(25), Duration::from_secs(2));

/// One attempt of a client to get an answer.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where.
    pub replica: Arc<str>,
    /// When it was sent.
    pub sent: Instant,
    /// When its end was known.
    pub ended: Instant,
    /// Its end.
    pub answer: Answer,
}

/// When a client stops asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// It has an outcome, or waited this long.
    Outcome(Duration),
    /// It has an outcome, or was told "not done" and never anything else: then it must never
    /// happen.
    Certain(Duration),
    /// It hangs up after this long, whatever there is.
    HangUp(Duration),
}

/// Sends asks to a cluster. Clones share it.
#[derive(Clone, Debug)]
pub struct Front(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cluster: Arc<Cluster>,
    http: reqwest::Client,
    tokens: HashMap<&'static str, String>,
    next: AtomicUsize,
    looking: JoinHandle<()>,
}

impl Front {
    /// Begins to look at the replicas' readiness.
    pub fn new(cluster: &Arc<Cluster>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .build()?;
        let tokens = PEOPLE
            .iter()
            .map(|person| Ok((person.subject, cluster.token(person.subject, person.role)?)))
            .collect::<anyhow::Result<_>>()?;
        for replica in cluster.replicas() {
            replica.ready.store(true, Ordering::Relaxed);
        }
        Ok(Self(Arc::new(Inner {
            looking: tokio::spawn(look(Arc::clone(cluster), http.clone())),
            cluster: Arc::clone(cluster),
            http,
            tokens,
            next: AtomicUsize::new(0),
        })))
    }

    /// The cluster behind it.
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.0.cluster
    }

    /// Asks one replica after the other, and notes each attempt, until the client stops.
    pub async fn ask(&self, ask: &Ask, until: Until) -> Vec<Attempt> {
        let (Until::Outcome(patience) | Until::Certain(patience) | Until::HangUp(patience)) = until;
        let deadline = Instant::now() + patience;
        let mut attempts = Vec::with_capacity(1);
        let (mut wait, mut pause) = (ATTEMPT.0, PAUSE.0);
        while Instant::now() < deadline {
            let Some(replica) = self.next() else {
                sleep(PAUSE.0).await;
                continue;
            };
            let give_up = deadline.min(Instant::now() + wait);
            let attempt = self.attempt(&replica, ask, give_up).await;
            if matches!(attempt.answer, Answer::Unknown(_)) {
                wait = (wait * 2).min(ATTEMPT.1);
            }
            let (outcome, not_done) = (
                matches!(attempt.answer, Answer::Outcome(_) | Answer::Wrong(_)),
                matches!(attempt.answer, Answer::NotDone(_)),
            );
            attempts.push(attempt);
            if outcome || not_done && attempts.len() == 1 && matches!(until, Until::Certain(_)) {
                break;
            }
            // Every replica once without delay; then as `Retry-After` asks for.
            if attempts.len() >= self.cluster().replicas().len() {
                sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
        attempts
    }

    /// Asks that replica once, ready or not, and waits for its answer until `give_up`.
    pub async fn attempt(&self, replica: &Arc<Replica>, ask: &Ask, give_up: Instant) -> Attempt {
        let sent = Instant::now();
        let answered = timeout_at(give_up, self.post(replica, ask)).await;
        let answer = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                // A load balancer remembers that, until readiness says something else.
                if error.is_connect() {
                    replica.ready.store(false, Ordering::Relaxed);
                }
                Answer::of_error(&error)
            }
            Err(_) => Answer::Unknown(NO_ANSWER.into()),
        };
        Attempt {
            replica: replica.name().into(),
            sent,
            ended: Instant::now(),
            answer,
        }
    }

    async fn post(&self, replica: &Replica, ask: &Ask) -> reqwest::Result<Answer> {
        let id = |person: Person| self.cluster().person(person.subject);
        let mut request = self
            .0
            .http
            .post(format!("http://{}{}", replica.address(), ask.path()))
            .bearer_auth(&self.0.tokens[ask.person.subject])
            .header("Idempotency-Key", &ask.key)
            .json(&ask.body(id));
        if let Some(version) = ask.if_match {
            request = request.header("If-Match", format!("\"{version}\""));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        Ok(Answer::read(status, &headers, &text))
    }

    /// The next replica that is ready; if none is, the next one that runs.
    fn next(&self) -> Option<Arc<Replica>> {
        let replicas = self.cluster().replicas();
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = || (0..replicas.len()).map(|n| &replicas[(turn + n) % replicas.len()]);
        in_turn()
            .find(|replica| replica.ready.load(Ordering::Relaxed))
            .or_else(|| in_turn().next())
            .cloned()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// Looks at all replicas again and again; one that is slow to answer delays nobody else's look.
async fn look(cluster: Arc<Cluster>, http: reqwest::Client) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let all = cluster.replicas().into_iter().map(|replica| {
            let http = http.clone();
            async move {
                let url = format!("http://{}/readyz", replica.address());
                let asked = http.get(url).timeout(LOOK_PATIENCE).send().await;
                let ready = asked.is_ok_and(|response| response.status() == 200);
                replica.ready.store(ready, Ordering::Relaxed);
            }
        });
        futures::future::join_all(all).await;
    }
}

/// The first outcome among attempts, and when it was known.
pub fn outcome(attempts: &[Attempt]) -> Option<(&Outcome, Instant)> {
    attempts
        .iter()
        .filter_map(|attempt| match &attempt.answer {
            Answer::Outcome(outcome) => Some((outcome, attempt.ended)),
            _ => None,
        })
        .min_by_key(|(_, ended)| *ended)
}
