//! How far an import is: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::report::Summary;
use super::source::Extent;

const PLAIN_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Progress {
    extent: Extent,
    started: Instant,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Silent,
    Bar(ProgressBar),
    Plain { said: Instant },
}

impl Progress {
    pub(super) fn new(show: bool, extent: Extent) -> Self {
        let started = Instant::now();
        let kind = if !show {
            Kind::Silent
        } else if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(
                "{bar:30} {percent:>3} %  {msg}  {elapsed_precise}, {eta} left",
            );
            let bar = ProgressBar::new(extent.total);
            Kind::Bar(match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            })
        } else {
            Kind::Plain { said: started }
        };
        Self {
            extent,
            started,
            kind,
        }
    }

    pub(super) fn update(&mut self, summary: &Summary) {
        match &mut self.kind {
            Kind::Silent => {}
            Kind::Bar(bar) => {
                bar.set_position(self.extent.bytes());
                bar.set_message(counts(summary));
            }
            Kind::Plain { said } => {
                if said.elapsed() >= PLAIN_EVERY {
                    *said = Instant::now();
                    let percent = self.extent.bytes() * 100 / self.extent.total.max(1);
                    eprintln!("{percent:>3} % of the file read, {}", counts(summary));
                }
            }
        }
    }

    /// Something to be told at once, such as a lost connection.
    pub(super) fn say(&self, text: &str) {
        match &self.kind {
            Kind::Silent => tracing::warn!("{text}"),
            Kind::Bar(bar) => bar.println(text),
            Kind::Plain { .. } => eprintln!("{text}"),
        }
    }

    pub(super) fn finish(&self, summary: &Summary) {
        let seconds = self.started.elapsed().as_secs_f64();
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
        if !matches!(self.kind, Kind::Silent) {
            let rate = summary.commands as f64 / seconds.max(0.001);
            eprintln!(
                "{} commands in {seconds:.1} s, {rate:.0} a second",
                summary.commands
            );
        }
    }
}

fn counts(summary: &Summary) -> String {
    format!(
        "{} commands answered, {} refused",
        summary.commands,
        summary.refused_count()
    )
}
