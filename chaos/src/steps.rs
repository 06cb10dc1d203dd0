//! One trouble after the other at a steady load, with the latency around each.
//!
//! Every client is patient here, and behaves as behind a load balancer: so a failed request is one
//! that a user would have seen fail.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::front::outcome;
use crate::judge::{dossier, judge};
use crate::load::{Asked, Book, Load, LoadConfig, Samples, Window};
use crate::newer::Newer;
use crate::old::Old;
use crate::random::Random;
use crate::replica::Replica;
use crate::report::append;
use crate::settle::settle;
use crate::site::{Site, SiteConfig};
use crate::tail::Counts;

/// What to do.
#[derive(Clone, Debug)]
pub struct StepsConfig {
    /// What to do it to.
    pub site: SiteConfig,
    /// Where the load's choices come from.
    pub seed: u64,
    /// Commands a second.
    pub rate: f64,
    /// How long to wait after each step, and before the first.
    pub calm: Duration,
    /// Whether to keep logs and histories although nothing is wrong.
    pub keep: bool,
    /// Whether to say which step it is at.
    pub progress: bool,
}

/// One trouble.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Nothing, to compare with.
    Calm,
    /// A replica is killed with `-9`.
    Kill,
    /// It is started again.
    StartAgain,
    /// A replica is frozen for ten seconds.
    Pause,
    /// A replica is stopped in order and started again.
    Restart,
    /// One more joins.
    Join,
    /// It leaves.
    Leave,
    /// A newer version writes an event that the others can't read.
    Newer,
    /// The broker that leads most partitions is killed with `-9`, and started again.
    KillBroker,
    /// The broker that leads most partitions is frozen for five seconds.
    PauseBroker,
    /// All brokers but one are killed, and started again after five seconds.
    TwoBrokersDown,
}

impl Step {
    /// The scenario for so many brokers.
    pub fn all(brokers: usize) -> Vec<Self> {
        let mut steps = vec![
            Self::Calm,
            Self::Kill,
            Self::StartAgain,
            Self::Pause,
            Self::Restart,
            Self::Join,
            Self::Leave,
            Self::Newer,
            Self::KillBroker,
        ];
        if brokers > 1 {
            steps.extend([Self::PauseBroker, Self::TwoBrokersDown]);
        }
        steps
    }

    /// Whether no request may fail and nobody may wait for long: what operators do on purpose.
    pub const fn is_graceful(self) -> bool {
        matches!(
            self,
            Self::Calm | Self::StartAgain | Self::Restart | Self::Join | Self::Leave | Self::Newer
        )
    }

    /// The longest that anybody should wait, in milliseconds. Time is only marked: machines differ.
    const fn longest_ms(self) -> Option<f64> {
        match self {
            Self::Kill => Some(1_000.0),
            step if step.is_graceful() => Some(250.0),
            _ => None,
        }
    }

    /// What is wrong with a step's figures: what operators do on purpose costs no client a request,
    /// nor an attempt but one that met nobody listening, or that took its client too long.
    fn judge(self, window: &Window) -> Option<String> {
        let Window {
            failed,
            retried_answered,
            ..
        } = window;
        (self.is_graceful() && failed + retried_answered > 0).then(|| {
            let step = self.to_string();
            let step = step.trim_start();
            format!("{step}: {failed} requests failed, {retried_answered} had to be repeated")
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Calm => "nothing",
            Self::Kill => "replica killed (-9)",
            Self::StartAgain => "  and started again",
            Self::Pause => "replica frozen for 10 s",
            Self::Restart => "replica restarted in order",
            Self::Join => "replica joins",
            Self::Leave => "  and leaves",
            Self::Newer => "newer version's event",
            Self::KillBroker => "leading broker killed (-9)",
            Self::PauseBroker => "leading broker frozen 5 s",
            Self::TwoBrokersDown => "two brokers down for 5 s",
        })
    }
}

/// What a step came to.
#[derive(Clone, Debug, Serialize)]
pub struct Stepped {
    /// Which one.
    pub step: String,
    /// Whether somebody waited longer than anybody should.
    pub slow: bool,
    /// How long the trouble itself took, in seconds.
    pub seconds: f64,
    /// How long after its end no more clients waited than do at any time, in seconds.
    pub recovered_s: f64,
    /// The commands that were due from its begin until the calm after that.
    pub window: Window,
    /// What came into the log meanwhile.
    pub log: Counts,
    /// The noise among it, in percent.
    pub noise_percent: f64,
    /// Who owns each partition afterwards.
    pub owners: Vec<String>,
}

/// What the scenario came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StepsReport {
    /// The seed.
    pub seed: u64,
    /// Brokers.
    pub brokers: usize,
    /// Replicas.
    pub replicas: usize,
    /// Whether they had owners.
    pub with_owners: bool,
    /// Commands a second that were to be.
    pub rate: f64,
    /// Who owned each partition before the first step.
    pub owners_before: Vec<String>,
    /// Each step.
    pub steps: Vec<Stepped>,
    /// What lies in the log.
    pub log: Counts,
    /// The noise among all entries, in percent.
    pub noise_percent: f64,
    /// Commands judged.
    pub commands: usize,
    /// Commands that had no outcome when the load ended, and were asked again.
    pub in_doubt: usize,
    /// What is wrong. Nothing should be.
    pub findings: Vec<String>,
    /// Where logs lie, if anything is wrong or they were to be kept.
    pub kept: Option<PathBuf>,
}

/// Goes through the scenario, or as far as it comes before `stop` is set.
pub async fn steps(config: &StepsConfig, stop: &Arc<AtomicBool>) -> anyhow::Result<StepsReport> {
    let site = Site::start(&config.site).await?;
    let mut report = StepsReport {
        seed: config.seed,
        brokers: config.site.brokers,
        replicas: config.site.replicas,
        with_owners: config.site.owners,
        rate: config.rate,
        ..StepsReport::default()
    };
    let samples = Samples::default();
    let load = LoadConfig {
        moody: false,
        ..LoadConfig::new(config.seed, config.rate)
    };
    let load = Load::start(&site.front, load, &samples, &Old::default());
    // Connections, caches and tickets: the first commands tell nothing.
    sleep(config.calm).await;
    report.owners_before = site.owners();
    let mut scene = Scene {
        replicas: site.cluster().replicas(),
        guest: None,
        newer: Newer::default(),
        site: &site,
    };
    // Figures are taken when all is over: by then the slowest commands have their outcome.
    let mut windows = Vec::new();
    for step in Step::all(config.site.brokers) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if config.progress {
            let at = site.start.elapsed().as_secs_f64();
            println!("{at:7.1} s  {}", step.to_string().trim_start());
        }
        let (begun, before) = (Instant::now(), site.tail.counts());
        if let Err(error) = scene.play(step).await {
            report.findings.push(format!("{step}: {error:#}"));
        }
        let ended = Instant::now();
        recovered(&load, config.rate).await;
        let recovered_s = ended.elapsed().as_secs_f64();
        sleep(config.calm).await;
        let log = site.tail.counts().since(&before);
        windows.push((step, begun, Instant::now()));
        report.steps.push(Stepped {
            step: step.to_string(),
            slow: false,
            seconds: (ended - begun).as_secs_f64(),
            recovered_s,
            window: Window::default(),
            log,
            noise_percent: log.noise_percent(),
            owners: site.owners(),
        });
    }
    let newer = scene.newer;
    let mut book = load.finish().await?;
    for (stepped, (step, from, to)) in report.steps.iter_mut().zip(windows) {
        stepped.window = samples.window(from, to);
        let most = step.longest_ms();
        stepped.slow = most.is_some_and(|most| stepped.window.longest_ms > most);
        report.findings.extend(step.judge(&stepped.window));
    }
    write_slowest(&site, &book);
    let settled = settle(&site.front, &mut book, &mut Random::new(config.seed, 3)).await;
    report.in_doubt = settled.in_doubt;
    site.tail.caught_up().await?;
    let cluster = site.cluster();
    let id = |person: crate::ask::Person| cluster.person(person.subject);
    let verdict = judge(&book, |ticket| site.tail.facts(ticket), id, site.start);
    report.commands = verdict.commands;
    let mut findings = verdict.findings;
    findings.extend(settled.findings);
    findings.extend(newer.look(&site.front, &site.tail).await);
    report
        .findings
        .extend(findings.into_iter().map(|finding| finding.what));
    report.findings.extend(site.tail.complaints());
    report.log = site.tail.counts();
    report.noise_percent = report.log.noise_percent();
    let keep = config.keep || !report.findings.is_empty();
    let (kept, stopped) = site.end(keep).await;
    report.kept = kept;
    stopped.context("at the end")?;
    Ok(report)
}

/// Waits until no more clients wait than are sent in a fifth of a second, so that no step pays for
/// the one before it.
async fn recovered(load: &Load, rate: f64) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while load.waiting() as f64 > rate / 5.0 && Instant::now() < deadline {
        sleep(Duration::from_millis(10)).await;
    }
}

/// The commands that waited longest, with all their attempts: for whoever wonders why.
fn write_slowest(site: &Site, book: &Book) {
    let waited = |asked: &Asked| {
        let ended = outcome(&asked.attempts).map(|(_, ended)| ended);
        asked.invoked().zip(ended).map(|(from, to)| to - from)
    };
    let mut slowest: Vec<_> = book.values().flatten().collect();
    slowest.sort_by_key(|asked| std::cmp::Reverse(waited(asked)));
    let slowest = slowest.into_iter().take(50);
    let lines: Vec<_> = slowest
        .map(|asked| dossier(std::slice::from_ref(asked), &[], site.start))
        .collect();
    append(&site.directory().join("slowest.txt"), &lines);
}

/// Who takes part in the steps.
struct Scene<'a> {
    site: &'a Site,
    replicas: Vec<Arc<Replica>>,
    guest: Option<Arc<Replica>>,
    newer: Newer,
}

impl Scene<'_> {
    async fn play(&mut self, step: Step) -> anyhow::Result<()> {
        let cluster = self.site.cluster();
        let brokers = cluster.brokers();
        let one = |n: usize| &self.replicas[n % self.replicas.len()];
        match step {
            Step::Calm => {}
            Step::Kill => one(0).kill().await?,
            Step::StartAgain => one(0).start().await?,
            Step::Pause => {
                one(1).pause().await?;
                sleep(Duration::from_secs(10)).await;
                one(1).resume().await?;
            }
            Step::Restart => {
                one(2).stop().await?;
                one(2).start().await?;
            }
            Step::Join => self.guest = Some(cluster.join().await?),
            Step::Leave => {
                if let Some(guest) = self.guest.take() {
                    cluster.leave(&guest).await?;
                }
            }
            Step::Newer => {
                let ticket = Newer::write(&self.site.front, self.site.tail.log()).await?;
                self.newer.add(ticket);
            }
            Step::KillBroker => {
                let leader = brokers.leader(cluster.topic()).await?;
                brokers.kill(leader).await?;
                // Long enough that the others find out and go on without it.
                if brokers.count() > 1 {
                    sleep(Duration::from_secs(5)).await;
                }
                brokers.restart(leader).await?;
            }
            Step::PauseBroker => {
                let leader = brokers.leader(cluster.topic()).await?;
                brokers.pause(leader).await?;
                sleep(Duration::from_secs(5)).await;
                brokers.resume(leader).await?;
            }
            Step::TwoBrokersDown => {
                brokers.kill(0).await?;
                brokers.kill(1).await?;
                sleep(Duration::from_secs(5)).await;
                brokers.restart(0).await?;
                brokers.restart(1).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graceful_step_may_cost_no_request_and_no_answered_attempt() {
        let clean = Window::default();
        let nobody_listened = Window {
            retried: 3,
            ..Window::default()
        };
        let failed = Window {
            failed: 1,
            ..Window::default()
        };
        let sent_away = Window {
            retried_answered: 1,
            ..Window::default()
        };
        for fine in [&clean, &nobody_listened] {
            assert_eq!(Step::Restart.judge(fine), None);
        }
        for wrong in [&failed, &sent_away] {
            assert!(Step::Restart.judge(wrong).is_some(), "{wrong:?}");
            assert_eq!(Step::Kill.judge(wrong), None, "it is no graceful step");
        }
    }
}
