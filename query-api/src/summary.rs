//! What happened, in a sentence. Made of what the caller may see, so it can't say more.

use serde_json::{Map, Value};

type Fields = Map<String, Value>;

/// The sentence for an event of that type.
pub(crate) fn summary(kind: &str, data: &Fields, changes: &Fields) -> String {
    match kind {
        "opened" => with(&by_way(changes), changes.get("subject")),
        "assigned" => whom("Assigned", "to", data),
        "accepted" => whom("Accepted", "by", data),
        "declined" => with(&whom("Declined", "by", data), data.get("reason")),
        "unassigned" => with(&whom("Taken back", "from", data), data.get("reason")),
        "transferred" => with(
            &format!("Moved to team {}", text(data.get("team"))),
            data.get("reason"),
        ),
        "held" => with(
            &format!("On hold, awaiting {}", text(data.get("awaiting"))),
            data.get("note"),
        ),
        "resumed" => "Work goes on".to_owned(),
        "resolved" => with(
            &format!("Resolved ({})", text(data.get("code"))),
            data.get("note"),
        ),
        "closed" => format!(
            "Closed; may be reopened until {}",
            text(data.get("reopen_until"))
        ),
        "reopened" => with("Reopened", data.get("reason")),
        "cancelled" => with("Cancelled", data.get("reason")),
        "amended" => format!("Changed {}", names(changes)),
        "comment_added" if text(data.get("visibility")) == "internal" => {
            with("Internal comment", data.get("text"))
        }
        "comment_added" => with("Comment", data.get("text")),
        "linked" => format!(
            "Linked to ticket {} ({})",
            text(data.get("ticket")),
            text(data.get("relation")).replace('_', " ")
        ),
        "travel_started" => "On the way".to_owned(),
        "arrived" => "Arrived".to_owned(),
        "work_logged" => work(data),
        // Of a newer projector; its name is better than nothing.
        other => other.replace('_', " "),
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// `what: text`, or `what` where there is no text.
fn with(what: &str, said: Option<&Value>) -> String {
    match text(said) {
        "" => what.to_owned(),
        said => format!("{what}: {said}"),
    }
}

fn whom(what: &str, preposition: &str, data: &Fields) -> String {
    match text(data.get("consultant")) {
        "" => what.to_owned(),
        consultant => format!("{what} {preposition} {consultant}"),
    }
}

fn by_way(changes: &Fields) -> String {
    match text(changes.get("channel")) {
        "" => "Opened".to_owned(),
        channel => format!("Opened by {channel}"),
    }
}

fn names(changes: &Fields) -> String {
    let names: Vec<&str> = changes
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "erased")
        .collect();
    if names.is_empty() {
        return "the ticket".to_owned();
    }
    names.join(", ")
}

fn work(data: &Fields) -> String {
    let minutes = data.get("minutes").and_then(Value::as_u64).unwrap_or(0);
    let parts: Vec<String> = data
        .get("parts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|part| {
            let quantity = part.get("quantity").and_then(Value::as_u64).unwrap_or(1);
            format!("{quantity} × {}", text(part.get("name")))
        })
        .collect();
    if parts.is_empty() {
        format!("Worked {minutes} minutes")
    } else {
        format!("Worked {minutes} minutes, used {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(kind: &str, data: &Value, changes: &Value) -> String {
        let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
        summary(kind, &fields(data), &fields(changes))
    }

    #[test]
    fn says_what_happened() {
        for (kind, data, changes, expected) in [
            (
                "opened",
                json!({}),
                json!({"channel": "phone", "subject": "No light"}),
                "Opened by phone: No light",
            ),
            ("assigned", json!({}), json!({}), "Assigned"),
            (
                "held",
                json!({"awaiting": "parts", "note": null}),
                json!({}),
                "On hold, awaiting parts",
            ),
            (
                "amended",
                json!({}),
                json!({"priority": "high", "erased": []}),
                "Changed priority",
            ),
            (
                "work_logged",
                json!({"minutes": 30, "parts": [{"name": "lamp", "quantity": 2}]}),
                json!({}),
                "Worked 30 minutes, used 2 × lamp",
            ),
            ("beamed_up", json!({}), json!({}), "beamed up"),
        ] {
            assert_eq!(said(kind, &data, &changes), expected);
        }
    }
}
