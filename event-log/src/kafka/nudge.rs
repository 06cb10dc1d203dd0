//! Finds a new leader soon. librdkafka looks for one on a timer of a second and may be two late;
//! asking for the topic's metadata while an append goes unacknowledged makes it learn at once.
//!
//! For speed only: whether and how often it asks changes no outcome.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::producer::{Producer as _, ProducerContext, ThreadedProducer};
use tokio::time::{Instant, timeout};

/// How long an append may go unacknowledged before anybody is asked.
const PATIENCE: Duration = Duration::from_millis(150);
/// How long after one question the next is asked, whichever append asks.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long a broker may take to answer: one that hangs is not waited for, the next may know.
const ANSWER: Duration = Duration::from_millis(200);

/// A client that can be made to learn the topic's leaders.
pub(super) trait Asks: Send + Sync {
    /// Asks some broker, and blocks until it has answered or too long hasn't.
    fn ask(&self, topic: &str);
}

impl<C: ProducerContext> Asks for ThreadedProducer<C> {
    fn ask(&self, topic: &str) {
        // librdkafka keeps what it is told; nobody here needs the answer.
        let _ = self.client().fetch_metadata(Some(topic), ANSWER);
    }
}

impl<C: ConsumerContext> Asks for BaseConsumer<C> {
    fn ask(&self, topic: &str) {
        let _ = self.fetch_metadata(Some(topic), ANSWER);
    }
}

/// What the clients of one log share.
#[derive(Clone)]
pub(super) struct Nudge {
    topic: Arc<str>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    clients: Vec<Weak<dyn Asks>>,
    asking: bool,
    asked: Option<Instant>,
}

impl Nudge {
    pub(super) fn new(topic: &str) -> Self {
        Self {
            topic: topic.into(),
            shared: Arc::default(),
        }
    }

    /// Has this client asked too, for as long as it lives.
    pub(super) fn watch<C: Asks + 'static>(&self, client: &Arc<C>) {
        let client = Arc::downgrade(client);
        let clients = &mut self.lock().clients;
        clients.retain(|client| client.strong_count() > 0);
        clients.push(client);
    }

    /// Waits for the report on an append, and asks while it doesn't come.
    pub(super) async fn until<T>(self, report: impl Future<Output = T>) -> T {
        let mut report = pin!(report);
        let mut wait = PATIENCE;
        loop {
            if let Ok(reported) = timeout(wait, report.as_mut()).await {
                return reported;
            }
            self.ask();
            wait = INTERVAL;
        }
    }

    /// Has every client ask, apart from here; not again while that lasts, nor too soon after.
    fn ask(&self) {
        let mut shared = self.lock();
        let now = Instant::now();
        if shared.asking || shared.asked.is_some_and(|at| now - at < INTERVAL) {
            return;
        }
        (shared.asking, shared.asked) = (true, Some(now));
        let clients = shared.clients.clone();
        drop(shared);
        let nudge = self.clone();
        tokio::task::spawn_blocking(move || {
            for client in clients.iter().filter_map(Weak::upgrade) {
                client.ask(&nudge.topic);
            }
            nudge.lock().asking = false;
        });
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Nudge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nudge")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;
    use tokio::time::advance;

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Asks for Counted {
        fn ask(&self, topic: &str) {
            assert_eq!(topic, "log");
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Counted {
        async fn reaches(&self, times: usize) {
            while self.0.load(Ordering::SeqCst) < times {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn brokers_are_asked_while_an_append_goes_unacknowledged() {
        let (nudge, client) = (Nudge::new("log"), Arc::new(Counted::default()));
        nudge.watch(&client);
        let (tell, report) = oneshot::channel();
        // Two partitions that wait at once ask no more often than one.
        let other = tokio::spawn(nudge.clone().until(std::future::pending::<()>()));
        let waiting = tokio::spawn(nudge.until(report));
        tokio::task::yield_now().await;
        advance(PATIENCE / 2).await;
        assert_eq!(client.0.load(Ordering::SeqCst), 0, "it may still come");
        advance(PATIENCE / 2 + Duration::from_millis(2)).await;
        client.reaches(1).await;
        advance(INTERVAL + Duration::from_millis(2)).await;
        client.reaches(2).await;
        other.abort();
        tell.send("stored").unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), "stored");
        let asked = client.0.load(Ordering::SeqCst);
        advance(INTERVAL * 10).await;
        assert_eq!(client.0.load(Ordering::SeqCst), asked, "all is told");
    }
}
