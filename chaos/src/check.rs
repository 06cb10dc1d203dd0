//! Faults at random for minutes, and a check from outside of everything that was answered.
//!
//! In rounds: load and faults; then everything is healed, whatever is in doubt is asked again, and
//! the round's tickets are judged and forgotten. So a run may last as long as it likes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, interval};

use crate::faults::{Havoc, Notes};
use crate::front::outcome;
use crate::judge::{Finding, Verdict, dossier, judge};
use crate::load::{Asked, Book, Load, LoadConfig, Manner, PATIENCE, Samples, Window};
use crate::newer::Newer;
use crate::old::Old;
use crate::random::Random;
use crate::report::append;
use crate::schedule::Schedule;
use crate::settle::{Memory, settle};
use crate::site::{Site, SiteConfig};
use crate::snapshots::Snapshots;
use crate::tail::Counts;

/// What to do.
#[derive(Clone, Debug)]
pub struct CheckConfig {
    /// What to do it to.
    pub site: SiteConfig,
    /// Where all choices come from.
    pub seed: u64,
    /// How long faults happen, all rounds together.
    pub faults_for: Duration,
    /// Commands a second.
    pub rate: f64,
    /// How long a round's faults last.
    pub round: Duration,
    /// Whether to keep logs and histories although nothing is wrong.
    pub keep: bool,
    /// Whether to say every ten seconds how it goes.
    pub progress: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct CheckReport {
    /// The seed.
    pub seed: u64,
    /// Rounds that were judged.
    pub rounds: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Tickets judged.
    pub tickets: usize,
    /// Commands judged.
    pub commands: usize,
    /// Commands that made an event.
    pub applied: usize,
    /// Commands that were so already.
    pub unchanged: usize,
    /// Commands that were refused.
    pub rejected: usize,
    /// Commands whose client was told "not done" and left it at that.
    pub not_done: usize,
    /// Commands that were answered as a bulk request's lines.
    pub lines: usize,
    /// Commands that had no outcome when the load ended, and were asked again.
    pub in_doubt: usize,
    /// Commands that had an outcome and were repeated, to hear the same.
    pub repeats: usize,
    /// Commands whose client wanted an outcome and got none within a minute; where brokers left it
    /// the time for one, that is a finding too.
    pub failed: usize,
    /// Commands that needed more than one attempt.
    pub retried: usize,
    /// Decisions of the search for an order.
    pub decisions: u64,
    /// The longest wait for an outcome, in milliseconds.
    pub longest_ms: f64,
    /// Faults done.
    pub faults: BTreeMap<&'static str, usize>,
    /// Processes that ended by themselves or not in order while brokers were away, with when and
    /// why; without that it is a finding.
    pub odd: Vec<String>,
    /// What lies in the log.
    pub log: Counts,
    /// What became of snapshots.
    pub snapshots: Snapshots,
    /// The noise among all entries, in percent.
    pub noise_percent: f64,
    /// Who owns each partition at the end.
    pub owners: Vec<String>,
    /// What is wrong. Nothing should be.
    pub findings: Vec<String>,
    /// Where logs and histories lie, if anything is wrong or they were to be kept.
    pub kept: Option<PathBuf>,
}

/// Runs until the time is up, something is wrong, or `stop` is set; then reports what there is.
pub async fn check(config: &CheckConfig, stop: &Arc<AtomicBool>) -> anyhow::Result<CheckReport> {
    let site = Site::start(&config.site).await?;
    // More than are asked for while the run lasts, and not so many that writing them takes long.
    let old = (config.faults_for.as_secs() * 4).clamp(200, 8_000) as usize;
    let old = Old::write(site.cluster(), &site.tail, old).await?;
    let mut run = Run {
        old,
        schedule: Schedule::new(config.seed, config.site.replicas, config.site.brokers),
        random: Random::new(config.seed, 3),
        havoc: Havoc::new(&site.front, &site.tail, site.start),
        samples: Samples::default(),
        memory: Memory::default(),
        newer: Newer::default(),
        report: CheckReport {
            seed: config.seed,
            ..CheckReport::default()
        },
        site,
    };
    let progress = config
        .progress
        .then(|| tokio::spawn(progress(run.samples.clone(), Arc::clone(&run.site.tail))));
    let mut left = config.faults_for;
    while !left.is_zero() && run.report.findings.is_empty() && !stop.load(Ordering::Relaxed) {
        let round = config.round.min(left);
        left -= round;
        run.round(config, round, stop).await?;
    }
    if let Some(progress) = progress {
        progress.abort();
    }
    run.finish(config).await
}

struct Run {
    site: Site,
    schedule: Schedule,
    random: Random,
    havoc: Havoc,
    samples: Samples,
    memory: Memory,
    newer: Newer,
    old: Old,
    report: CheckReport,
}

/// A run with snapshots and of that length in which no replica starts from one, or looks nothing up
/// in one, says nothing about them.
const LONG: Duration = Duration::from_mins(2);

impl Run {
    async fn round(
        &mut self,
        config: &CheckConfig,
        long: Duration,
        stop: &Arc<AtomicBool>,
    ) -> anyhow::Result<()> {
        let round = self.report.rounds as u64;
        let load = LoadConfig::new(config.seed.wrapping_add(round << 32), config.rate);
        let begun = Instant::now();
        let load = Load::start(&self.site.front, load, &self.samples, &self.old);
        let stopped = || stop.load(Ordering::Relaxed);
        // While brokers are in trouble much is excused: so they are left alone half of the time.
        let brokers = round.is_multiple_of(2);
        let wreaking = (self.havoc).wreak(&mut self.schedule, brokers, begun + long, stopped);
        wreaking.await;
        let mut book = load.finish().await?;
        let window = self.samples.window(begun, Instant::now());
        let settled = settle(&self.site.front, &mut book, &mut self.random).await;
        let repeats = settled.repeated + self.memory.count();
        let mut findings = settled.findings;
        findings.extend(self.memory.repeat(&self.site.front).await);
        self.memory.keep(&book, &mut self.random);
        // Only now: outcomes of long ago are forgotten, so those commands can't be repeated.
        self.old.add_past(&mut book);
        findings.extend(self.unexplained(&window));
        let notes = self.havoc.notes();
        for ticket in &notes.newer {
            self.newer.add(*ticket);
        }
        self.site.tail.caught_up().await?;
        findings.extend(self.newer.look(&self.site.front, &self.site.tail).await);
        findings.extend(self.site.tail.complaints().into_iter().map(|what| Finding {
            ticket: None,
            what: format!("the log itself: {what}"),
        }));
        let cluster = Arc::clone(self.site.cluster());
        let (tail, start) = (Arc::clone(&self.site.tail), self.site.start);
        let verdict = judge(
            &book,
            |ticket| tail.facts(ticket),
            |person| cluster.person(person.subject),
            start,
        );
        findings.extend(verdict.findings.iter().cloned());
        self.write_dossiers(&findings, &book);
        for ticket in book.keys() {
            self.site.tail.judge(*ticket);
        }
        findings.extend(self.unjudged());
        self.report.lines += lines(&book);
        self.report.repeats += repeats;
        self.report.in_doubt += settled.in_doubt;
        self.add(&verdict, &window, notes, &findings);
        if config.progress {
            self.say();
        }
        Ok(())
    }

    fn add(&mut self, verdict: &Verdict, window: &Window, notes: Notes, findings: &[Finding]) {
        let report = &mut self.report;
        report.rounds += 1;
        report.tickets += verdict.tickets;
        report.commands += verdict.commands;
        report.applied += verdict.outcomes[0];
        report.unchanged += verdict.outcomes[1];
        report.rejected += verdict.outcomes[2];
        report.not_done += verdict.not_done;
        report.decisions += verdict.decisions;
        report.failed += window.failed;
        report.retried += window.retried;
        report.longest_ms = report.longest_ms.max(window.longest_ms);
        for (name, count) in notes.done {
            *report.faults.entry(name).or_default() += count;
        }
        append(&self.site.directory().join("faults.txt"), &notes.lines);
        report.odd.extend(notes.odd);
        report.findings.extend(notes.wrong);
        let told = findings.iter().map(|finding| match finding.ticket {
            Some(ticket) => format!("ticket {ticket}: {}", finding.what),
            None => finding.what.clone(),
        });
        report.findings.extend(told);
    }

    fn write_dossiers(&self, findings: &[Finding], book: &Book) {
        for (ticket, asked) in book {
            let mentioned = |finding: &Finding| {
                finding.ticket == Some(*ticket) || finding.what.contains(&ticket.to_string())
            };
            if findings.iter().any(mentioned) {
                let text = dossier(asked, &self.site.tail.facts(*ticket), self.site.start);
                let file = format!("ticket-{ticket}.txt");
                append(&self.site.directory().join(file), &[text]);
            }
        }
    }

    fn say(&self) {
        let report = &self.report;
        println!(
            "{:7.1} s  round {} judged: {} commands of {} tickets so far, {} wrong",
            self.site.start.elapsed().as_secs_f64(),
            report.rounds,
            report.commands,
            report.tickets,
            report.findings.len()
        );
    }

    /// What no judge has looked at: every record belongs to a ticket of the round's book, of a newer
    /// version, or of long ago.
    fn unjudged(&self) -> Option<Finding> {
        let mut unjudged = self.site.tail.unjudged();
        let (old, newer) = (self.old.rest(), self.newer.tickets());
        unjudged.retain(|ticket| !old.contains_key(ticket) && !newer.contains(ticket));
        let ticket = *unjudged.first()?;
        Some(Finding {
            ticket: Some(ticket),
            what: format!("{} tickets in the log are nobody's", unjudged.len()),
        })
    }

    /// Clients that waited a minute in vain although brokers left them time: a replica alone is
    /// never away so long.
    fn unexplained(&self, window: &Window) -> Vec<Finding> {
        let failed = window.failed_since.iter();
        let unexplained = failed.filter(|due| !self.havoc.excuses(**due, **due + PATIENCE));
        let at = |due: &Instant| (*due - self.site.start).as_secs_f64();
        unexplained
            .map(|due| Finding {
                ticket: None,
                what: format!(
                    "a command of {:.1} s had no outcome within a minute",
                    at(due)
                ),
            })
            .collect()
    }

    /// Whether the run has shown anything about snapshots, and nothing that alarms.
    fn judge_snapshots(&mut self, config: &CheckConfig) -> anyhow::Result<()> {
        let seen = Snapshots::read(self.site.cluster().directory())?;
        let findings = &mut self.report.findings;
        findings.extend(seen.alarms.iter().cloned());
        let restarted = seen.starts > self.site.cluster().replicas().len();
        if config.site.snapshots && restarted && config.faults_for >= LONG {
            if seen.used == 0 {
                findings.push("proved nothing about snapshots: no start used one".to_owned());
            }
            if seen.looked_up == 0 {
                findings.push("proved nothing about snapshots: no ticket lay in one".to_owned());
            }
        }
        self.report.snapshots = seen;
        Ok(())
    }

    /// Nothing has happened to the tickets of long ago that nobody commanded.
    fn judge_rest(&mut self) {
        let book = self.old.rest();
        let cluster = Arc::clone(self.site.cluster());
        let verdict = judge(
            &book,
            |ticket| self.site.tail.judge(ticket),
            |person| cluster.person(person.subject),
            self.site.start,
        );
        let told = verdict.findings.into_iter().map(|finding| finding.what);
        self.report.findings.extend(told);
    }

    async fn finish(mut self, config: &CheckConfig) -> anyhow::Result<CheckReport> {
        self.judge_rest();
        self.judge_snapshots(config)?;
        self.report.seconds = self.site.start.elapsed().as_secs_f64();
        self.report.owners = self.site.owners();
        if config.progress {
            println!("{:7.1} s  stopping", self.report.seconds);
        }
        self.stop().await;
        self.report.log = self.site.tail.counts();
        self.report.noise_percent = self.report.log.noise_percent();
        let keep = config.keep || !self.report.findings.is_empty();
        drop(self.havoc);
        self.report.kept = self.site.end(keep).await;
        Ok(self.report)
    }

    /// Replicas stop in order, unless brokers were in trouble just before; and what they write until
    /// then is as sound as all before it.
    async fn stop(&mut self) {
        let begun = Instant::now();
        let explained = self.havoc.explains(begun, begun);
        if let Err(error) = self.site.cluster().stop().await {
            let report = &mut self.report;
            let list = if explained {
                &mut report.odd
            } else {
                &mut report.findings
            };
            list.push(format!("at the end: {error:#}"));
        }
        let findings = &mut self.report.findings;
        if let Err(error) = self.site.tail.caught_up().await {
            findings.push(format!("at the end: {error:#}"));
        }
        for what in self.site.tail.complaints() {
            let what = format!("the log itself: {what}");
            if !findings.contains(&what) {
                findings.push(what);
            }
        }
    }
}

/// How many were answered as lines.
fn lines(book: &Book) -> usize {
    let lines = (book.values().flatten()).filter(|asked| asked.manner == Manner::Bulk);
    let answered = |asked: &&Asked| outcome(asked.attempts.get(..1).unwrap_or_default()).is_some();
    lines.filter(answered).count()
}

/// A line every ten seconds.
async fn progress(samples: Samples, tail: Arc<crate::tail::Tail>) {
    const EVERY: Duration = Duration::from_secs(10);
    let start = Instant::now();
    let mut ticks = interval(EVERY);
    ticks.tick().await;
    loop {
        let now = ticks.tick().await;
        let window = samples.window(now - EVERY, now);
        let counts = tail.counts();
        println!(
            "{:7.1} s  {} commands in ten seconds, p50 {:.0} ms, longest {:.0} ms, {} retried; \
             {} events, {:.2} % noise",
            (now - start).as_secs_f64(),
            window.commands,
            window.p50_ms,
            window.longest_ms,
            window.retried,
            counts.events,
            counts.noise_percent()
        );
    }
}
