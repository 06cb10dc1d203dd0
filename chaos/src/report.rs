//! Reports for people.

use std::fmt::Write as _;
use std::path::Path;

use crate::check::CheckReport;
use crate::steps::StepsReport;

/// What a check came to, on a page.
pub fn of_check(report: &CheckReport) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\nseed {}: {} rounds in {:.0} s",
        report.seed, report.rounds, report.seconds
    );
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<28}{value}");
    };
    line("commands", report.commands.to_string());
    line("  of tickets", report.tickets.to_string());
    line("  made an event", report.applied.to_string());
    line("  were so already", report.unchanged.to_string());
    line("  were refused", report.rejected.to_string());
    line("  not done, as told", report.not_done.to_string());
    line("  were bulk lines", report.lines.to_string());
    line("  needed more attempts", report.retried.to_string());
    line("  asked again at the end", report.in_doubt.to_string());
    line("  repeated", report.repeats.to_string());
    line("  failed after a minute", report.failed.to_string());
    line("longest wait", format!("{:.0} ms", report.longest_ms));
    line("decisions of the search", report.decisions.to_string());
    let log = &report.log;
    line(
        "records",
        format!(
            "{} events, {} barriers, {} claims",
            log.events, log.barriers, log.claims
        ),
    );
    line(
        "noise",
        format!("{} entries, {:.2} %", log.noise, report.noise_percent),
    );
    let snapshots = &report.snapshots;
    line("snapshots written", snapshots.written.to_string());
    let starts = format!("{} of {}", snapshots.used, snapshots.starts);
    line("  used by starts", starts);
    line(
        "  tickets looked up in one",
        snapshots.looked_up.to_string(),
    );
    line("owners at the end", report.owners.join(" "));
    for (name, count) in &report.faults {
        line(name, count.to_string());
    }
    for odd in &report.odd {
        let _ = writeln!(text, "  odd: {odd}");
    }
    if let Some(kept) = &report.kept {
        let _ = writeln!(text, "logs and histories are kept in {}", kept.display());
    }
    if report.findings.is_empty() {
        text.push_str("nothing wrong: every answer is true, in one order, and stays so\n");
        return text;
    }
    let _ = writeln!(text, "WRONG, {} findings:", report.findings.len());
    for finding in report.findings.iter().take(10) {
        let _ = writeln!(text, "- {finding}");
    }
    let _ = writeln!(text, "again: chaos check --seed {} ...", report.seed);
    text
}

/// What the steps came to, as a table.
pub fn of_steps(report: &StepsReport) -> String {
    let mut text = String::new();
    let owners = if report.with_owners {
        "with"
    } else {
        "without"
    };
    let _ = writeln!(
        text,
        "\n{} replicas {owners} owners, {} broker(s), {} commands a second, seed {}\n",
        report.replicas, report.brokers, report.rate, report.seed
    );
    text.push_str(
        "| step | took s | recovered after s | commands | p50 ms | p99 ms | longest ms | failed | retried | unknown | \
         sent away after ms | noise % | owners afterwards |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for stepped in &report.steps {
        let window = &stepped.window;
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} | {} | {:.1} | {:.1} | {:.0}{} | {} | {} | {} | {:.0} | {:.2} | {} |",
            stepped.step.trim_start(),
            stepped.seconds,
            stepped.recovered_s,
            window.commands,
            window.p50_ms,
            window.p99_ms,
            window.longest_ms,
            if stepped.slow { " !" } else { "" },
            window.failed,
            window.retried,
            window.unknown,
            window.sent_away_after_ms,
            stepped.noise_percent,
            stepped.owners.join(" ")
        );
    }
    let log = &report.log;
    let _ = writeln!(
        text,
        "\nowners before: {}\nin the log: {} events, {} barriers, {} claims, {} noise ({:.2} %)\n\
         {} commands judged, {} asked again at the end",
        report.owners_before.join(" "),
        log.events,
        log.barriers,
        log.claims,
        log.noise,
        report.noise_percent,
        report.commands,
        report.in_doubt
    );
    if let Some(kept) = &report.kept {
        let _ = writeln!(text, "logs are kept in {}", kept.display());
    }
    if report.findings.is_empty() {
        text.push_str("nothing wrong: every answer is true, in one order, and stays so\n");
    }
    for finding in report.findings.iter().take(10) {
        let _ = writeln!(text, "WRONG: {finding}");
    }
    text
}

/// Notes for whoever looks into a failure; a run doesn't end for want of them.
pub(crate) fn append(file: &Path, lines: &[String]) {
    use std::io::Write as _;
    let opened = std::fs::File::options()
        .create(true)
        .append(true)
        .open(file);
    if let Ok(mut opened) = opened {
        for line in lines {
            let _ = writeln!(opened, "{line}");
        }
    }
}
