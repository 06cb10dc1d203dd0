//! What a row says about the incident itself: bodies of `open`, `amend` and `resolve`.

use serde_json::{Map, Value, json};

use super::row::Row;
use crate::import::reference;

/// Docket's bounds for names and for free fields, in bytes. Longer ones are left out and reported:
/// sent along, they would have the whole command refused.
const LABEL_MAX: usize = 100;
const FIELD_MAX: usize = 1_000;
const FIELDS_MAX: usize = 50;
/// Columns that name people: their fields hold the person's id.
const PERSONS: [&str; 2] = ["opened_by", "sys_created_by"];

/// Something in the row that was left out.
pub(super) struct Problem {
    pub(super) column: String,
    pub(super) reason: &'static str,
    pub(super) detail: String,
}

pub(super) fn open(source: &str, row: &Row) -> (Value, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut fields = fields(source, row, &mut problems);
    let number = row.number().unwrap_or_default();
    fields.insert("servicenow_number".into(), number.into());
    let mut body = json!({
        "channel": channel(row),
        "subject": subject(row),
        "priority": priority(row, &mut problems).unwrap_or("moderate"),
        "fields": fields,
    });
    match row.get("caller_id") {
        Some(caller) => body["customer"] = json!(reference::person(source, caller)),
        None => body["caller"] = json!({ "name": "unknown" }),
    }
    for (name, column) in [("team", "assignment_group"), ("category", "category")] {
        if let Some(value) = label(row, column, &mut problems) {
            body[name] = value.into();
        }
    }
    if let Some(description) = row.get("description") {
        body["description"] = description.into();
    }
    (body, problems)
}

/// What changed from one row to the next, apart from the incident's course. A value that becomes
/// unknown is not taken away, but reported.
pub(super) fn amend(source: &str, before: &Row, row: &Row) -> (Option<Value>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut body = Map::new();
    let changed = |column: &str| before.get(column) != row.get(column);
    let lost = |column: &str| changed(column) && row.get(column).is_none();
    if changed("category")
        && let Some(category) = label(row, "category", &mut problems)
    {
        body.insert("category".into(), category.into());
    }
    if changed("priority")
        && let Some(priority) = priority(row, &mut problems)
    {
        body.insert("priority".into(), priority.into());
    }
    for (name, column) in [
        ("subject", "short_description"),
        ("description", "description"),
    ] {
        if changed(column)
            && let Some(text) = row.get(column)
        {
            body.insert(name.into(), text.into());
        }
    }
    let fields: Map<String, Value> = fields(source, row, &mut problems)
        .into_iter()
        .filter(|(name, _)| name.strip_prefix("servicenow_").is_some_and(changed))
        .collect();
    if !fields.is_empty() {
        body.insert("fields".into(), fields.into());
    }
    let all = row.columns.fields.iter().map(|(_, name)| name.as_str());
    let columns = all.filter_map(|name| name.strip_prefix("servicenow_"));
    let unknown: Vec<&str> = columns.chain(["category"]).filter(|c| lost(c)).collect();
    // Whatever is wrong with a value was reported where it first stood.
    problems.retain(|problem| changed(&problem.column));
    if !unknown.is_empty() {
        problems.push(Problem {
            column: unknown[0].to_owned(),
            reason: "value_unknown",
            detail: format!(
                "{}: unknown from here on; the last known value stays",
                unknown.join(", ")
            ),
        });
    }
    ((!body.is_empty()).then(|| body.into()), problems)
}

/// `closed_code` and who resolved it tell of the last time only.
pub(super) fn resolve(row: &Row, for_good: bool) -> Value {
    let mut ignored = Vec::new();
    let stated = for_good
        .then(|| label(row, "closed_code", &mut ignored))
        .flatten();
    let mut body = json!({ "code": stated.unwrap_or("unspecified") });
    if for_good {
        let by = row
            .get("resolved_by")
            .map(|by| format!("resolved by {by:?}"));
        let notes = [row.get("close_notes").map(str::to_owned), by];
        let note = notes.into_iter().flatten().collect::<Vec<_>>().join("\n");
        if !note.is_empty() {
            body["note"] = note.into();
        }
    }
    body
}

/// An anonymised export has no text; then the incident is named by what it is about.
fn subject(row: &Row) -> String {
    if let Some(text) = row.get("short_description") {
        return text.to_owned();
    }
    let about: Vec<&str> = ["category", "subcategory", "u_symptom"]
        .into_iter()
        .filter_map(|column| row.get(column))
        .collect();
    let number = row.number().unwrap_or_default();
    if about.is_empty() {
        number.to_owned()
    } else {
        format!("{number}: {}", about.join(", "))
    }
}

fn channel(row: &Row) -> &'static str {
    match row.get("contact_type") {
        Some("Phone") => "phone",
        Some("Email") => "mail",
        Some("Self service" | "Self-service") => "web",
        Some("Walk-in") => "store",
        _ => "import",
    }
}

fn priority(row: &Row, problems: &mut Vec<Problem>) -> Option<&'static str> {
    let text = row.get("priority")?;
    match text.chars().next() {
        Some('1') => Some("critical"),
        Some('2') => Some("high"),
        Some('3') => Some("moderate"),
        Some('4' | '5') => Some("low"),
        _ => {
            problems.push(Problem {
                column: "priority".into(),
                reason: "priority_unknown",
                detail: format!("priority {text:?} is none of 1 to 5"),
            });
            None
        }
    }
}

fn label<'a>(row: &'a Row, column: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
    let text = row.get(column)?;
    if text.len() <= LABEL_MAX {
        return Some(text);
    }
    problems.push(too_long(column, text.len(), LABEL_MAX));
    None
}

fn fields(source: &str, row: &Row, problems: &mut Vec<Problem>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (index, name) in &row.columns.fields {
        let column = name.strip_prefix("servicenow_").unwrap_or(name);
        match row.at(*index) {
            None => {}
            Some(_) if name.len() > LABEL_MAX => {
                problems.push(too_long(column, name.len(), LABEL_MAX));
            }
            Some(value) if value.len() > FIELD_MAX => {
                problems.push(too_long(column, value.len(), FIELD_MAX));
            }
            // One is kept for the number.
            Some(_) if fields.len() >= FIELDS_MAX - 1 => problems.push(Problem {
                column: column.to_owned(),
                reason: "too_many_fields",
                detail: format!("{column} is left out: a ticket has at most {FIELDS_MAX} fields"),
            }),
            // Free fields are not marked as personal data, so no name goes into one.
            Some(person) if PERSONS.contains(&column) => {
                fields.insert(name.clone(), json!(reference::person(source, person)));
            }
            Some(value) => {
                fields.insert(name.clone(), value.into());
            }
        }
    }
    fields
}

fn too_long(column: &str, actual: usize, max: usize) -> Problem {
    Problem {
        column: column.to_owned(),
        reason: "too_long",
        detail: format!("{column} is left out: {actual} bytes, at most {max} are allowed"),
    }
}
