//! How the day goes: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::clock::wall;
use super::day::Day;

const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Where it is shown: on standard error, so that the summary can be piped.
#[derive(Debug)]
pub(super) struct Progress(Kind);

#[derive(Debug)]
enum Kind {
    Silent,
    Bar(ProgressBar),
    Plain { said: Instant },
}

impl Progress {
    pub(super) fn new(show: bool, day: Duration) -> Self {
        let kind = if !show {
            Kind::Silent
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(day.as_secs());
            let style = ProgressStyle::with_template("{prefix} {bar:24} {msg}");
            Kind::Bar(match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            })
        } else {
            Kind::Plain {
                said: Instant::now(),
            }
        };
        Self(kind)
    }

    /// Something to be told at once.
    pub(super) fn say(&self, text: &str) {
        match &self.0 {
            Kind::Silent => {}
            Kind::Bar(bar) => bar.println(text),
            Kind::Plain { .. } => eprintln!("{text}"),
        }
    }

    pub(super) fn update(&mut self, day: &Day, now: Duration, waiting: usize) {
        match &mut self.0 {
            Kind::Bar(bar) => {
                bar.set_prefix(wall(now));
                bar.set_position(now.as_secs().min(bar.length().unwrap_or_default()));
                bar.set_message(line(day, waiting));
            }
            Kind::Plain { said } if said.elapsed() >= PLAIN_EVERY => {
                *said = Instant::now();
                eprintln!("{}  {}", wall(now), line(day, waiting));
            }
            Kind::Silent | Kind::Plain { .. } => {}
        }
    }

    pub(super) fn finish(&self) {
        if let Kind::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn line(day: &Day, waiting: usize) -> String {
    let told = |kind| day.told.get(kind).copied().unwrap_or_default();
    format!(
        "{} on shift, {} opened, {waiting} waiting, {} in hand, {} resolved, {} declined, {} came \
         back, {} closed, {} rated",
        day.on_shift().count(),
        told("opened"),
        day.in_hand(),
        told("resolved"),
        told("declined"),
        told("reopened"),
        told("closed"),
        told("answered"),
    )
}
