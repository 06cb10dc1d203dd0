//! The explanation as text, for a terminal. It shows what the answer says, and nothing it doesn't.

use std::fmt::Write as _;

use docket_replay::route::text::{decision as reasons, excluded, list, word};
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
    reasons(text, decision);
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
