//! Decisions, for a dispatcher's terminal.

use std::fmt::{self, Write as _};

use serde_json::Value;
use uuid::Uuid;

use super::{Changed, Decision, Instead, Means, Replayed, Summary};

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}  ticket {} to {}, the best of {} who could have it",
            self.decision.decided_at,
            self.ticket,
            named(&self.decision, self.consultant),
            self.decision.ranked,
        )?;
        if self.differences.is_empty() {
            writeln!(f, "  comes out the same")?;
        } else {
            writeln!(
                f,
                "  COMES OUT DIFFERENTLY (sequence {} of partition {}):",
                self.sequence, self.partition
            )?;
        }
        for it in &self.differences {
            writeln!(
                f,
                "    {}: recorded {}, comes out {}",
                it.what, it.recorded, it.again
            )?;
        }
        match &self.instead {
            Some(instead) => write_instead(f, instead),
            None => Ok(()),
        }
    }
}

fn write_instead(f: &mut fmt::Formatter<'_>, instead: &Instead) -> fmt::Result {
    let rules = &instead.decision.rules.version;
    match (&instead.waits, instead.consultant) {
        (None, Some(_)) if instead.is_same => writeln!(f, "  by rules {rules}: the same"),
        (None, Some(who)) => {
            writeln!(
                f,
                "  by rules {rules}: {} INSTEAD",
                named(&instead.decision, who)
            )
        }
        (why, _) => {
            let why = why.as_deref().unwrap_or("nobody can have it");
            writeln!(f, "  by rules {rules}: it would wait: {why}")
        }
    }
}

fn named(decision: &Decision, who: Uuid) -> String {
    let candidate = decision.best.iter().find(|it| it.consultant == who);
    let name = candidate.and_then(|it| it.name.as_ref());
    name.map_or_else(|| who.to_string(), |name| format!("{name} ({who})"))
}

impl Replayed {
    /// With all that explains it: as recorded, as it comes out if that is otherwise, and by the other
    /// rules.
    pub fn in_detail(&self) -> String {
        let mut text = self.to_string();
        let instead = self.instead.as_ref().map(|it| &it.decision);
        let parts = [
            ("As recorded", Some(&self.decision)),
            ("As it comes out", self.again.as_ref()),
            ("By the other rules", instead),
        ];
        for (title, part) in parts {
            if let Some(part) = part {
                // Writing into a String does not fail, here and below.
                let _ = writeln!(text, "  {title}:");
                decision(&mut text, &serde_json::to_value(part).unwrap_or_default());
            }
        }
        let positions: Vec<String> = self.positions.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "  By router {}, which had read the log's partitions as far as {}.",
            self.router,
            positions.join(", "),
        );
        text
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} decisions made again: {} come out the same, {} differently",
            self.decisions, self.same, self.different
        )?;
        if self.unread > 0 {
            let unread = self.unread;
            writeln!(f, "{unread} more are newer than this reading: run it again")?;
        }
        match &self.changed {
            Some(changed) => write_changed(f, changed),
            None => Ok(()),
        }
    }
}

fn write_changed(f: &mut fmt::Formatter<'_>, changed: &Changed) -> fmt::Result {
    let rules = &changed.rules.version;
    let waits: u64 = changed.waits.values().sum();
    writeln!(
        f,
        "by rules {rules}: {} the same, {} to another, {waits} to nobody",
        changed.same, changed.other
    )?;
    for (why, times) in &changed.waits {
        writeln!(f, "  {times} × {why}")?;
    }
    if changed.other_turns {
        writeln!(
            f,
            "  priority_step_s is another: that changes whose turn comes first, which is not judged here"
        )?;
    }
    writeln!(
        f,
        "  {:<34} {:>10} {:>10}",
        "those who got it, on an average", "before", "after"
    )?;
    let [before, after] = [&changed.before, &changed.after].map(lines);
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let [before, after] = [before, after].map(number);
        writeln!(f, "  {what:<34} {before:>10} {after:>10}")?;
    }
    Ok(())
}

fn lines(means: &Means) -> [(&'static str, Option<f64>); 6] {
    let Means {
        distance_m,
        free_capacity_percent,
        skill_level,
        language_percent,
        preferred_percent,
        idle_s,
    } = *means;
    [
        (
            "km to the ticket",
            distance_m.map(|metres| metres / 1_000.0),
        ),
        ("free capacity, %", free_capacity_percent),
        ("level in the skills, of 5", skill_level),
        ("speak the customer's language, %", language_percent),
        ("whom the customer asked for, %", preferred_percent),
        (
            "minutes since their last ticket",
            idle_s.map(|seconds| seconds / 60.0),
        ),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// Who couldn't have the ticket and who could, on which points. Takes a [`Decision`]'s JSON or the
/// query API's, which says more, and shows what it finds.
pub fn decision(text: &mut String, decision: &Value) {
    excluded(text, decision);
    let rules = &decision["rules"];
    let _ = writeln!(text, "  The best, by rules {}:", word(&rules["version"]));
    for (rank, it) in list(&decision["best"]).iter().enumerate() {
        candidate(text, rank + 1, it);
    }
    let parts = list(&decision["best"][0]["parts"]);
    if parts.iter().any(|part| part["meaning"].is_string()) {
        text.push_str("  Points are weight × grade, of 1,000 at best:\n");
        for part in parts {
            let (part, meaning) = (word(&part["part"]), word(&part["meaning"]));
            let _ = writeln!(text, "    {part:<9} {meaning}");
        }
    }
}

fn candidate(text: &mut String, rank: usize, candidate: &Value) {
    let name = candidate["name"].as_str();
    let _ = write!(
        text,
        "  {rank:>3}. {}, {} points",
        name.unwrap_or_else(|| word(&candidate["consultant"])),
        candidate["total"],
    );
    if let Some(metres) = candidate["distance_m"].as_u64() {
        let _ = write!(
            text,
            ", {}.{} km away",
            metres / 1_000,
            metres % 1_000 / 100
        );
    }
    if let Some(last) = candidate["last_assigned_at"].as_str() {
        let _ = write!(text, ", last given a ticket {last}");
    }
    text.push('\n');
    let parts = list(&candidate["parts"]).iter().map(|part| {
        format!(
            "{} {} ({} × {})",
            word(&part["part"]),
            part["points"],
            part["weight"],
            part["grade"]
        )
    });
    let _ = writeln!(text, "       {}", parts.collect::<Vec<_>>().join(", "));
}

/// Who couldn't have it: of a decision, or of why a ticket waits.
pub fn excluded(text: &mut String, counts: &Value) {
    let _ = writeln!(text, "  {} consultants:", counts["considered"]);
    for excluded in list(&counts["excluded"]) {
        let meaning = excluded["meaning"].as_str().map(ToOwned::to_owned);
        let _ = writeln!(
            text,
            "    {:>5} {}",
            excluded["consultants"],
            meaning.unwrap_or_else(|| format!("excluded by {}", word(&excluded["reason"]))),
        );
    }
    if let Some(ranked) = counts["ranked"].as_u64() {
        let _ = writeln!(text, "    {ranked:>5} could have it");
    }
}

/// Its elements; none, if it is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text as it is; `?` for what isn't one.
pub fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
