//! An audit for people.

use std::fmt;

use jiff::Timestamp;

use super::history::{Event, NoiseEntry};
use super::{Audit, Entry, Verdict};

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.ticket, &self.number) {
            (Some(ticket), Some(number)) => writeln!(f, "ticket {ticket}, number {number}")?,
            (Some(ticket), None) => writeln!(f, "ticket {ticket}: never opened")?,
            _ => writeln!(f, "no ticket of that number")?,
        }
        writeln!(f, "partition {} of log {}\n", self.partition, self.log_id)?;
        for entry in &self.entries {
            match entry {
                Entry::Event(event) => write_event(f, event)?,
                Entry::Answer {
                    sequence,
                    recorded_at,
                    version,
                    outcome,
                    ..
                } => writeln!(
                    f,
                    "   –  sequence {sequence}  {}  answered at version {version}: {outcome}",
                    time(*recorded_at)
                )?,
                Entry::Noise(noise) => write_noise(f, noise)?,
            }
        }
        if let Some(state) = &self.state {
            let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".into());
            writeln!(
                f,
                "\nthen: {}, version {}, team {}, consultant {}, as of {}",
                state.status,
                state.version,
                or_none(state.team.clone()),
                or_none(state.consultant.map(|id| id.to_string())),
                state.as_of
            )?;
        }
        writeln!(
            f,
            "\n{} valid records and {} of noise in the partition",
            self.records, self.noise
        )?;
        if let Some(head) = &self.head {
            writeln!(f, "head: {head}")?;
        }
        match &self.verdict {
            Verdict::Holds => writeln!(f, "the chain holds from the genesis to the head"),
            Verdict::Damaged(what) => {
                writeln!(f, "THE LOG IS DAMAGED")?;
                what.iter().try_for_each(|what| writeln!(f, "  - {what}"))
            }
        }
    }
}

fn write_event(f: &mut fmt::Formatter<'_>, event: &Event) -> fmt::Result {
    writeln!(
        f,
        "{:>4}  sequence {}  {}  {}  by {} ({})",
        event.version,
        event.sequence,
        time(event.occurred_at),
        event.r#type,
        event.actor,
        event.origin,
    )?;
    writeln!(f, "      {}", event.data)?;
    writeln!(
        f,
        "      recorded {}  hash {}",
        time(event.recorded_at),
        event.hash
    )?;
    if let Some(why) = &event.unreadable {
        writeln!(f, "      this version of Docket can't read it: {why}")?;
    }
    Ok(())
}

fn write_noise(f: &mut fmt::Formatter<'_>, noise: &NoiseEntry) -> fmt::Result {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".into());
    let after = noise
        .after_sequence
        .map_or_else(|| "nothing".into(), |after| format!("sequence {after}"));
    writeln!(
        f,
        "   ~  NOISE after {after}: {} by {}, {}",
        text(&noise.r#type),
        text(&noise.actor),
        why(noise.reason)
    )
}

fn why(reason: &str) -> &str {
    match reason {
        "extends_another" => {
            "which extends another record than the head: it lost a race, came late or came twice"
        }
        "wrong_hash" => "whose hash is not that of what it says: it was changed",
        "wrong_sequence" => "which has another sequence than the next",
        "not_a_record" => "which lacks what every record has",
        "misplaced_genesis" => "which is out of place around the genesis",
        "after_closed" => "which came after the log was closed",
        other => other,
    }
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "?".into(), |time| time.to_string())
}
