//! A report for people.

use std::fmt;
use std::time::Duration;

use super::Report;
use crate::demo::figures::Spread;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let event = |kind: &str| figures.events.get(kind).copied().unwrap_or_default();
        writeln!(
            f,
            "The day of {} (seed {}): 07:00 to {}, {:.0} × as fast, in {:.0} s{}",
            self.run,
            self.seed,
            self.ended_at,
            self.pace,
            self.took_s,
            if self.complete { "" } else { ", broken off" }
        )?;
        let ended: Vec<_> = figures
            .ended
            .iter()
            .map(|(status, count)| format!("{count} {}", status.replace('_', " ")))
            .collect();
        row(
            f,
            "tickets",
            &format!("{}: {}", figures.tickets, ended.join(", ")),
        )?;
        row(
            f,
            "on their way",
            &format!(
                "{} declined, {} taken back, {} put on hold, {} came back",
                event("declined"),
                event("unassigned"),
                event("held"),
                event("reopened")
            ),
        )?;
        self.time_to_assign(f, figures.time_to_assign)?;
        let mean = figures.queue.mean_milli as f64 / 1_000.0;
        row(
            f,
            "queue",
            &format!(
                "at most {}, {mean:.1} on average while tickets came in",
                figures.queue.max
            ),
        )?;
        let work = &figures.work;
        let share = percent(work.busy_us as f64, work.on_shift_us as f64);
        row(
            f,
            "consultants",
            &format!(
                "{}, {} on shift, {share} of it with work in hand, and {} of overtime",
                work.consultants,
                self.in_shop(work.on_shift_us),
                self.in_shop(work.overtime_us)
            ),
        )?;
        self.surveys(f)?;
        self.plan(f)?;
        self.verdict(f)
    }
}

impl Report {
    fn time_to_assign(&self, f: &mut fmt::Formatter<'_>, it: Spread) -> fmt::Result {
        let all = [it.p50_us, it.p90_us, it.p99_us, it.max_us];
        let [p50, p90, p99, max] = all.map(|us| self.in_shop(us));
        row(
            f,
            "assigned after",
            &format!("p50 {p50}, p90 {p90}, p99 {p99}, at most {max}"),
        )?;
        let [p50, p90, p99, max] = all.map(|us| format!("{:.1} ms", us as f64 / 1_000.0));
        row(
            f,
            "in real time",
            &format!("p50 {p50}, p90 {p90}, p99 {p99}, at most {max}"),
        )
    }

    fn surveys(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, answered) = (self.figures.invited, self.figures.answered());
        let rate = percent(answered as f64, asked as f64);
        let mean = self.figures.mean_score();
        let mean = mean.map_or_else(String::new, |mean| format!(", {mean:.2} of 5 on average"));
        row(
            f,
            "surveys",
            &format!("{asked} asked, {answered} answered ({rate}){mean}"),
        )
    }

    fn plan(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(
            f,
            "as planned",
            &format!("{} of {} tickets", self.as_planned, self.planned),
        )?;
        for (what, count) in &self.otherwise {
            row(f, "", &format!("{count} {what}"))?;
        }
        Ok(())
    }

    fn verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.agrees() {
            return row(
                f,
                "checked",
                "the log, the queries and what people were told agree",
            );
        }
        row(f, "CHECKED", "they do not agree:")?;
        self.differences.iter().try_for_each(|it| row(f, "", it))
    }

    /// Real microseconds as the shop's clock counts them.
    fn in_shop(&self, us: i64) -> String {
        words(Duration::from_micros(us.unsigned_abs()).mul_f64(self.pace))
    }
}

fn row(f: &mut fmt::Formatter<'_>, what: &str, text: &str) -> fmt::Result {
    writeln!(f, "  {what:<15} {text}")
}

fn percent(part: f64, of: f64) -> String {
    format!("{:.0} %", 100.0 * part / of.max(1.0))
}

/// As one would say it.
fn words(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..7_200 => format!("{:.1} min", time.as_secs_f64() / 60.0),
        _ => format!("{:.0} h", time.as_secs_f64() / 3_600.0),
    }
}
