//! One trouble after the other at a steady load, with the latency around each.
//!
//! Every client is patient here, and behaves as behind a load balancer: so a failed request is one
//! that a user would have seen fail.

mod step;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

pub use self::step::Step;
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
        let until = Instant::now();
        windows.push((step, begun, until));
        // What is under way still belongs to this step: the next one must not trouble it.
        while !load.is_past(until) {
            sleep(Duration::from_millis(1)).await;
        }
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
    if let Err(error) = site.cluster().stop().await {
        report.findings.push(format!("at the end: {error:#}"));
    }
    site.tail.caught_up().await?;
    report.findings.extend(site.tail.complaints());
    report.log = site.tail.counts();
    report.noise_percent = report.log.noise_percent();
    let keep = config.keep || !report.findings.is_empty();
    report.kept = site.end(keep).await;
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
                // Longer than any client of it should wait for its answer.
                sleep(Duration::from_secs(20)).await;
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
