//! Which faults are done, when and for how long: all of it the seed's.

use std::fmt;
use std::time::Duration;

use crate::random::Random;

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

impl Fault {
    /// The brokers among so many that it hits.
    pub(crate) fn brokers(self, count: usize) -> Vec<usize> {
        match self {
            Self::KillBroker(which, _) | Self::PauseBroker(which, _) => vec![which],
            Self::KillBrokersBut(spared, _) => (0..count).filter(|one| *one != spared).collect(),
            _ => Vec::new(),
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

    /// How long to wait, and then what happens; to `brokers` too, or only to replicas.
    pub fn draw(&mut self, brokers: bool) -> (Duration, Fault) {
        let random = &mut self.random;
        let wait = Duration::from_millis(random.between(200, 5_000));
        let which = random.below(self.replicas);
        let broker = random.below(self.brokers);
        let mut long = |from, to| Duration::from_millis(random.between(from, to));
        let (short, pause, outage) = (long(0, 3_000), long(100, 10_000), long(500, 4_000));
        let fault = match random.below(if brokers { 100 } else { 73 }) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn within(seed: u64, brokers: usize, long: Duration) -> Vec<(Duration, Fault)> {
        let mut schedule = Schedule::new(seed, 3, brokers);
        let mut at = Duration::ZERO;
        let drawn = std::iter::from_fn(|| {
            let (wait, fault) = schedule.draw(true);
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

    #[test]
    fn brokers_are_left_alone_when_they_are_to_be() {
        let mut schedule = Schedule::new(7, 3, 3);
        for _ in 0..1_000 {
            let (_, fault) = schedule.draw(false);
            assert_eq!(fault.brokers(3), [0; 0], "{fault}");
        }
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
