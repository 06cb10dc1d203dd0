//! Faults at random: does what the schedule says, and heals it. What it hits is not the seed's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::brokers::Brokers;
use crate::front::Front;
use crate::newer::Newer;
use crate::outages::Outages;
use crate::replica::Replica;
use crate::schedule::{Fault, Schedule};
use crate::tail::Tail;

/// Does faults to a cluster, several at a time but never two to one process, and heals them.
#[derive(Clone)]
pub struct Havoc(Arc<Inner>);

struct Inner {
    front: Front,
    tail: Arc<Tail>,
    /// The replicas that were there from the start; those that join are left alone.
    replicas: Vec<(Arc<Replica>, tokio::sync::Mutex<()>)>,
    brokers: tokio::sync::Mutex<()>,
    outages: Outages,
    notes: Mutex<Notes>,
    start: Instant,
}

/// What was done, and what it showed.
#[derive(Clone, Default, Debug)]
pub struct Notes {
    /// Faults done, by name.
    pub done: BTreeMap<&'static str, usize>,
    /// Every fault and its end with their times in seconds, for the log.
    pub lines: Vec<String>,
    /// Tickets that a newer version wrote to.
    pub newer: Vec<uuid::Uuid>,
    /// Processes that ended by themselves or not in order while brokers were away.
    pub odd: Vec<String>,
    /// The same with nothing that explains it.
    pub wrong: Vec<String>,
}

impl Havoc {
    /// To the replicas that take part now.
    pub fn new(front: &Front, tail: &Arc<Tail>, start: Instant) -> Self {
        let replicas = front.cluster().replicas().into_iter();
        Self(Arc::new(Inner {
            replicas: replicas
                .map(|replica| (replica, tokio::sync::Mutex::default()))
                .collect(),
            front: front.clone(),
            tail: Arc::clone(tail),
            brokers: tokio::sync::Mutex::default(),
            outages: Outages::default(),
            notes: Mutex::default(),
            start,
        }))
    }

    /// Does what the schedule says until `until`, to `brokers` too or only to replicas, and returns
    /// when all of it is healed.
    pub async fn wreak(
        &self,
        schedule: &mut Schedule,
        brokers: bool,
        until: Instant,
        stop: impl Fn() -> bool,
    ) {
        let mut running = JoinSet::new();
        while !stop() {
            let (wait, fault) = schedule.draw(brokers);
            if Instant::now() + wait > until {
                break;
            }
            sleep(wait).await;
            // Three troubles at a time are enough.
            while running.len() >= 3 {
                running.join_next().await;
            }
            let havoc = self.clone();
            running.spawn(async move { havoc.one(fault).await });
        }
        while running.join_next().await.is_some() {}
        for (replica, _) in &self.0.replicas {
            if !replica.is_running() {
                let name = replica.name();
                self.lock().wrong.push(format!("{name} has ended for good"));
            }
        }
    }

    /// Whether brokers were in trouble between these moments, or shortly before.
    pub fn explains(&self, from: Instant, to: Instant) -> bool {
        self.0.outages.explain(from, to)
    }

    /// Whether they were again and again, so that a client could find no time for an answer.
    pub fn excuses(&self, from: Instant, to: Instant) -> bool {
        self.0.outages.excuse(from, to)
    }

    /// Takes the notes.
    pub fn notes(&self) -> Notes {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn one(&self, fault: Fault) {
        let begun = Instant::now();
        let healed = self.run(fault).await;
        let at = self.0.start.elapsed().as_secs_f64();
        self.lock().lines.push(format!("{at:.1} s healed: {fault}"));
        if let Err(error) = healed {
            self.strange(begun, &format!("{fault}: {error:#}"));
        }
    }

    /// Something that an operator would want to know, since `begun`: wrong, unless brokers were in
    /// trouble then.
    fn strange(&self, begun: Instant, what: &str) {
        let now = Instant::now();
        let explained = self.explains(begun, now);
        let what = format!("{:.1} s, {what}", (now - self.0.start).as_secs_f64());
        let mut notes = self.lock();
        if explained {
            notes.odd.push(what);
        } else {
            notes.wrong.push(what);
        }
    }

    fn note(&self, fault: Fault) {
        let at = self.0.start.elapsed().as_secs_f64();
        self.lock().lines.push(format!("{at:.1} s {fault}"));
    }

    /// Counts it, once it has really happened.
    fn done(&self, fault: Fault) {
        *self.lock().done.entry(fault.name()).or_default() += 1;
    }

    async fn run(&self, fault: Fault) -> anyhow::Result<()> {
        let cluster = self.0.front.cluster();
        match fault {
            Fault::Kill(which, long) => {
                let (replica, alone) = &self.0.replicas[which];
                let _alone = alone.lock().await;
                self.note(fault);
                let killed = replica.kill().await;
                if killed.is_ok() {
                    self.done(fault);
                    sleep(long).await;
                }
                self.start(replica).await?;
                killed
            }
            Fault::Pause(which, long) => {
                let (replica, alone) = &self.0.replicas[which];
                let _alone = alone.lock().await;
                self.note(fault);
                replica.pause().await?;
                self.done(fault);
                sleep(long).await;
                replica.resume().await
            }
            Fault::Restart(which) => {
                let (replica, alone) = &self.0.replicas[which];
                let _alone = alone.lock().await;
                self.note(fault);
                let alive = replica.is_running();
                let stopped = replica.stop().await;
                self.start(replica).await?;
                stopped?;
                anyhow::ensure!(alive, "it had ended by itself");
                self.done(fault);
                Ok(())
            }
            Fault::Join(long) => {
                self.note(fault);
                let replica = cluster.join().await?;
                sleep(long).await;
                cluster.leave(&replica).await?;
                self.done(fault);
                Ok(())
            }
            Fault::Newer => {
                self.note(fault);
                let ticket = Newer::write(&self.0.front, self.0.tail.log()).await?;
                self.lock().newer.push(ticket);
                self.done(fault);
                Ok(())
            }
            Fault::KillBroker(..) | Fault::PauseBroker(..) | Fault::KillBrokersBut(..) => {
                let _alone = self.0.brokers.lock().await;
                self.note(fault);
                self.break_brokers(fault).await?;
                self.done(fault);
                Ok(())
            }
        }
    }

    /// Whatever came of the fault, all that it was to hit is healed, and only then it is over. What
    /// can't be healed would excuse all that follows: so it is wrong.
    async fn break_brokers(&self, fault: Fault) -> anyhow::Result<()> {
        let brokers = self.0.front.cluster().brokers();
        let hit = fault.brokers(brokers.count());
        self.0.outages.begin();
        let broken = broken(brokers, fault, &hit).await;
        for broker in hit {
            if let Err(error) = brokers.heal(broker).await {
                let at = self.0.start.elapsed().as_secs_f64();
                let what = format!("{at:.1} s, {fault}: broker {} can't be healed", broker + 1);
                self.lock().wrong.push(format!("{what}: {error:#}"));
            }
        }
        self.0.outages.end();
        broken
    }

    /// As a service manager does: a process that ends while it starts is started again.
    async fn start(&self, replica: &Arc<Replica>) -> anyhow::Result<()> {
        let mut tries = 5;
        loop {
            let begun = Instant::now();
            match replica.start().await {
                Err(error) if tries > 1 && !replica.is_running() => {
                    tries -= 1;
                    self.strange(begun, &format!("{error:#}"));
                    sleep(Duration::from_millis(500)).await;
                }
                done => return done,
            }
        }
    }
}

/// What happens to brokers, until they are to be healed.
async fn broken(brokers: &Brokers, fault: Fault, hit: &[usize]) -> anyhow::Result<()> {
    for broker in hit.iter().copied() {
        match fault {
            Fault::PauseBroker(..) => brokers.pause(broker).await?,
            _ => brokers.kill(broker).await?,
        }
    }
    if let Fault::KillBroker(_, long)
    | Fault::PauseBroker(_, long)
    | Fault::KillBrokersBut(_, long) = fault
    {
        sleep(long).await;
    }
    Ok(())
}
