//! The real partition tasks under simulated time, on a log and a network that fail as a seed says:
//! lost, late, repeated, split and reordered records, slow readers, crashes, stops, clock jumps;
//! snapshots are built, adopted and started from, with tickets in them that ended years before.
//! Streams of consultants, customers, surveys and the catalogue lie among the tickets.
//!
//! Clients repeat, hedge and give up; whatever they are told goes into a
//! [`History`](docket_history::History), which must be linearizable. At the end the network heals:
//! then everything must be answered, every replica must have made the same of the log, and every
//! acknowledged event must be in it once.
//!
//! A seed replays exactly. `DOCKET_SIMULATION_SEEDS` says how many seeds are run (2,000 unless it
//! does), `DOCKET_SIMULATION_START` from which on; with one seed, the whole history is printed.

mod client;
mod commands;
mod others;
mod past;
mod plan;
mod random;
mod replica;
mod verdict;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use self::plan::{Lie, Plan};
use self::verdict::{Verdict, judge};
use self::world::World;

/// Seeds of an ordinary test run.
const SEEDS: u64 = 2_000;

/// Runs one plan to its end, and then tells what came of it.
fn run<T>(plan: Plan, tell: impl FnOnce(&World, &Verdict) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let world = World::new(plan).await;
        world.run().await;
        let verdict = judge(&world).await;
        tell(&world, &verdict)
    })
}

/// What many runs came to.
#[derive(Default)]
struct Tally {
    seeds: u64,
    invocations: usize,
    operations: usize,
    in_doubt: usize,
    records: usize,
    /// Consultants, customers, surveys, the catalogue.
    of_others: [usize; 4],
    noise: usize,
    found_cold: u64,
    shed: u64,
    failed: Option<(u64, String)>,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        self.seeds += 1;
        self.invocations += verdict.report.invocations;
        self.operations += verdict.report.operations;
        self.in_doubt += verdict.report.in_doubt;
        self.records += verdict.records;
        for (all, these) in self.of_others.iter_mut().zip(verdict.of_others) {
            *all += these;
        }
        self.noise += verdict.noise;
        self.found_cold += verdict.found_cold;
        self.shed += verdict.shed;
    }
}

/// Runs seeds on all cores, until one fails.
fn run_seeds(start: u64, count: u64) -> Tally {
    let next = AtomicU64::new(start);
    let tally = Mutex::new(Tally::default());
    let lock = || tally.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= start + count || lock().failed.is_some() {
                return;
            }
            let done = catch_unwind(AssertUnwindSafe(|| {
                run(Plan::new(seed), |_, verdict| {
                    lock().add(verdict);
                    (!verdict.is_fine()).then(|| verdict.to_string())
                })
            }));
            let failed = done.unwrap_or_else(|_| Some("it panicked, see above".to_owned()));
            if let Some(why) = failed {
                let mut tally = lock();
                if tally.failed.as_ref().is_none_or(|(first, _)| seed < *first) {
                    tally.failed = Some((seed, why));
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    tally.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Prints what the clients of a seed saw.
fn print(seed: u64) {
    run(Plan::new(seed), |world, verdict| {
        println!("{:#?}", world.plan);
        for one in world.history.borrow().invocations() {
            println!(
                "{:>12} to {:>12}: client {} asked {} of {} (operation {:x}): {}",
                one.invoked,
                one.returned,
                one.client,
                one.asked.command.name(),
                one.asked.stream,
                one.operation.0.as_u128(),
                one.answer
            );
        }
        println!("{verdict}");
    });
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}"))
    })
}

#[test]
fn every_seed_is_linearizable_and_ends_well() {
    let (start, count) = (
        setting("DOCKET_SIMULATION_START", 0),
        setting("DOCKET_SIMULATION_SEEDS", SEEDS),
    );
    if count == 1 {
        print(start);
    }
    let begun = Instant::now();
    let tally = run_seeds(start, count);
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} seeds in {seconds:.1} s, {:.0} a second: {} invocations of {} operations ({} in doubt), \
         {} valid records ({:?} of consultants, customers, surveys and the catalogue), {} noise; {} streams were shed from memory, {} found in a snapshot",
        tally.seeds,
        tally.seeds as f64 / seconds,
        tally.invocations,
        tally.operations,
        tally.in_doubt,
        tally.records,
        tally.of_others,
        tally.noise,
        tally.shed,
        tally.found_cold
    );
    if let Some((seed, why)) = tally.failed {
        panic!(
            "seed {seed} (the {}th): {why}\nagain: DOCKET_SIMULATION_START={seed} DOCKET_SIMULATION_SEEDS=1 \
             cargo test -p docket-command-api --lib simulation::every_seed -- --nocapture",
            tally.seeds
        );
    }
    if count >= SEEDS {
        let told_of = tally.of_others;
        assert!(told_of.iter().all(|events| *events > 0), "{told_of:?}");
        assert!(tally.shed > 0, "no task ever let a ticket go");
        assert!(tally.found_cold > 0, "no task ever looked one up");
    }
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..40 {
        let trace = || run(Plan::new(seed).traced(), |_, verdict| verdict.trace);
        let (one, other) = (trace(), trace());
        assert_eq!(one, other, "seed {seed}");
        assert_ne!(
            one,
            run(Plan::new(seed + 1).traced(), |_, verdict| verdict.trace)
        );
    }
}

/// In how many of these seeds the history shows the lie.
fn caught(lie: Lie, seeds: u64) -> usize {
    (0..seeds)
        .filter(|seed| {
            run(Plan::new(*seed).with(lie), |_, verdict| {
                !verdict.report.violations.is_empty()
            })
        })
        .count()
}

#[test]
fn a_log_that_is_two_logs_is_seen() {
    assert!(caught(Lie::SplitLog, 20) > 0);
}

#[test]
fn calling_the_unknown_not_done_is_seen() {
    assert!(caught(Lie::UnknownIsNotDone, 100) > 0);
}

#[test]
fn forgetting_a_key_is_seen() {
    assert!(caught(Lie::ForgottenKeys, 100) > 0);
}
