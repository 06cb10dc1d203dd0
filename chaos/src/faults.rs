//! Faults at random: which ones, when and for how long is the seed's; what they hit is not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::cluster::Cluster;
use crate::front::Front;
use crate::newer::Newer;
use crate::outages::Outages;
use crate::random::Random;
use crate::replica::Replica;
use crate::tail::Tail;

/// Something that happens to a cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// `kill -9`, and started again after so long.
    Kill(usize, Duration),
    /// SIGSTOP, and SIGCONT after so long.
    Pause(usize, Duration),
    /// Stopped in order and started again.
    Restart(usize),
    /// One more joins, and leaves after so long.
    Join(Duration),
    /// A newer version writes an event.
    Newer,
    /// A broker is killed with `-9`, and started again after so long.
    KillBroker(usize, Duration),
    /// A broker is frozen for so long.
    PauseBroker(usize, Duration),
    /// All brokers but one are killed, and started again after so long.
    KillBrokersBut(usize, Duration),
}

impl Fault {
    /// What it is called where faults are counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill(..) => "replica killed",
            Self::Pause(..) => "replica frozen",
            Self::Restart(_) => "replica restarted",
            Self::Join(_) => "replica joined and left",
            Self::Newer => "newer version's event",
            Self::KillBroker(..) => "broker killed",
            Self::PauseBroker(..) => "broker frozen",
            Self::KillBrokersBut(..) => "two brokers killed",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Kill(which, long) | Self::Pause(which, long) => {
                write!(f, "{name}: r{} for {long:?}", which + 1)
            }
            Self::Restart(which) => write!(f, "{name}: r{}", which + 1),
            Self::Join(long) => write!(f, "{name}: for {long:?}"),
            Self::Newer => f.write_str(name),
            Self::KillBroker(which, long) | Self::PauseBroker(which, long) => {
                write!(f, "{name}: {} for {long:?}", which + 1)
            }
            Self::KillBrokersBut(which, long) => {
                write!(f, "{name}: all but {} for {long:?}", which + 1)
            }
        }
    }
}

/// The seed's faults, one after the other.
#[derive(Debug)]
pub struct Schedule {
    random: Random,
    replicas: usize,
    brokers: usize,
}

impl Schedule {
    /// For a cluster of that size.
    pub fn new(seed: u64, replicas: usize, brokers: usize) -> Self {
        Self {
            random: Random::new(seed, 2),
            replicas,
            brokers,
        }
    }

    /// How long to wait, and then what happens.
    pub fn draw(&mut self) -> (Duration, Fault) {
        let random = &mut self.random;
        let wait = Duration::from_millis(random.between(200, 5_000));
        let which = random.below(self.replicas);
        let broker = random.below(self.brokers);
        let mut long = |from, to| Duration::from_millis(random.between(from, to));
        let (short, pause, outage) = (long(0, 3_000), long(100, 10_000), long(500, 4_000));
        let fault = match random.below(100) {
            0..25 => Fault::Kill(which, short),
            25..45 => Fault::Pause(which, pause),
            45..60 => Fault::Restart(which),
            60..68 => Fault::Join(short),
            68..73 => Fault::Newer,
            73..86 => Fault::KillBroker(broker, outage),
            86..96 => Fault::PauseBroker(broker, outage),
            _ if self.brokers == 1 => Fault::KillBroker(broker, outage),
            _ => Fault::KillBrokersBut(broker, outage * 2),
        };
        (wait, fault)
    }
}

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

    /// Does what the schedule says until `until`, and returns when all of it is healed.
    pub async fn wreak(&self, schedule: &mut Schedule, until: Instant, stop: impl Fn() -> bool) {
        let mut running = JoinSet::new();
        while !stop() {
            let (wait, fault) = schedule.draw();
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
                self.0.outages.begin();
                broken(cluster, fault).await?;
                self.0.outages.end();
                self.done(fault);
                Ok(())
            }
        }
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

/// What happens to brokers.
async fn broken(cluster: &Cluster, fault: Fault) -> anyhow::Result<()> {
    let brokers = cluster.brokers();
    match fault {
        Fault::KillBroker(which, long) => {
            brokers.kill(which).await?;
            sleep(long).await;
            brokers.restart(which).await
        }
        Fault::PauseBroker(which, long) => {
            brokers.pause(which).await?;
            sleep(long).await;
            brokers.resume(which).await
        }
        Fault::KillBrokersBut(which, long) => {
            let others = (0..brokers.count()).filter(|broker| *broker != which);
            for broker in others.clone() {
                brokers.kill(broker).await?;
            }
            sleep(long).await;
            for broker in others {
                brokers.restart(broker).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(seed: u64, brokers: usize, long: Duration) -> Vec<(Duration, Fault)> {
        let mut schedule = Schedule::new(seed, 3, brokers);
        let mut at = Duration::ZERO;
        let drawn = std::iter::from_fn(|| {
            let (wait, fault) = schedule.draw();
            at += wait;
            (at <= long).then_some((at, fault))
        });
        drawn.collect()
    }

    #[test]
    fn a_seed_repeats_its_faults() {
        let long = Duration::from_mins(10);
        assert_eq!(within(7, 3, long), within(7, 3, long));
        assert_ne!(within(7, 3, long), within(8, 3, long));
    }

    #[test]
    fn everything_happens_sooner_or_later() {
        let names = within(7, 3, Duration::from_mins(30)).into_iter();
        let names: std::collections::BTreeSet<_> = names.map(|(_, fault)| fault.name()).collect();
        assert_eq!(names.len(), 8, "{names:?}");
    }

    /// The seed of the short check among the ordinary tests: a single broker takes long to come
    /// back, and two of three have a test of their own.
    #[test]
    fn seed_88_does_everything_to_replicas_and_nothing_to_the_broker() {
        let faults = within(88, 1, Duration::from_secs(25));
        let names: std::collections::BTreeSet<_> =
            faults.iter().map(|(_, fault)| fault.name()).collect();
        let all = [
            "newer version's event",
            "replica frozen",
            "replica joined and left",
            "replica killed",
            "replica restarted",
        ];
        assert!(names.iter().eq(&all), "{names:?}");
    }
}
