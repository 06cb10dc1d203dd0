//! The explanation as text, for a terminal. It shows what the answer says, and nothing it doesn't.

use std::fmt::Write as _;

use serde_json::Value;

/// The answer of `GET /v1/tickets/{id}/routing`, readable.
pub fn explained(routing: &Value) -> String {
    let mut text = format!(
        "Ticket {} ({}): {}",
        word(&routing["number"]),
        word(&routing["ticket"]),
        word(&routing["status"]).replace('_', " "),
    );
    if let Some(assignee) = routing["assignee"].as_str() {
        // Writing into a String does not fail, here and below.
        let _ = write!(text, ", with {assignee}");
    }
    text.push('\n');
    let waiting = &routing["waiting"];
    if !waiting.is_null() {
        let _ = writeln!(
            text,
            "It has waited since {}: {}.",
            word(&waiting["waiting_since"]),
            word(&waiting["why"]["text"]),
        );
        excluded(&mut text, &waiting["why"]);
    }
    let decisions = list(&routing["decisions"]);
    if decisions.is_empty() {
        text.push_str("No router has assigned it.\n");
    }
    for decision in decisions {
        text.push('\n');
        explain(&mut text, decision);
    }
    text
}

fn explain(text: &mut String, decision: &Value) {
    let _ = writeln!(
        text,
        "Version {}, {}: {}.",
        decision["version"],
        word(&decision["decided_at"]),
        word(&decision["summary"]),
    );
    excluded(text, decision);
    let rules = &decision["rules"];
    let _ = writeln!(text, "  The best, by rules {}:", word(&rules["version"]));
    for (rank, candidate) in list(&decision["best"]).iter().enumerate() {
        let name = candidate["name"].as_str();
        let _ = write!(
            text,
            "  {:>3}. {}, {} points",
            rank + 1,
            name.unwrap_or_else(|| candidate["consultant"].as_str().unwrap_or("?")),
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
    if let Some(first) = list(&decision["best"]).first() {
        text.push_str("  Points are weight × grade, of 1,000 at best:\n");
        for part in list(&first["parts"]) {
            let _ = writeln!(
                text,
                "    {:<9} {}",
                word(&part["part"]),
                word(&part["meaning"])
            );
        }
    }
    let positions: Vec<String> = list(&decision["positions"])
        .iter()
        .map(ToString::to_string)
        .collect();
    let _ = writeln!(
        text,
        "  By router {}, which had read the log's partitions as far as {}.",
        word(&decision["router"]),
        positions.join(", "),
    );
}

/// Who couldn't have it: of a decision, or of why it waits.
fn excluded(text: &mut String, counts: &Value) {
    let _ = writeln!(text, "  {} consultants:", counts["considered"]);
    for excluded in list(&counts["excluded"]) {
        let _ = writeln!(
            text,
            "    {:>5} {}",
            excluded["consultants"],
            word(&excluded["meaning"])
        );
    }
    if let Some(ranked) = counts["ranked"].as_u64() {
        let _ = writeln!(text, "    {ranked:>5} could have it");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text as it is; `?` for what isn't one.
fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
