//! The words of rows for the domain's values.

use std::fmt::Debug;

use docket_domain::command::{Place, Point, Priority, Relation};
use docket_domain::text::{Label, Personal};
use serde_json::{Value, json};

/// A name of one word, in small letters.
pub(crate) fn word(name: impl Debug) -> String {
    format!("{name:?}").to_lowercase()
}

pub(crate) const fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Related => "related",
        Relation::Duplicates => "duplicates",
        Relation::ChildOf => "child_of",
        Relation::CausedBy => "caused_by",
    }
}

pub(crate) const fn rank(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 0,
        Priority::Moderate => 1,
        Priority::High => 2,
        Priority::Critical => 3,
    }
}

/// A text that may not be there.
pub(crate) fn label(label: Option<&Label>) -> Value {
    json!(label.map(Label::as_str))
}

/// Texts, in their order.
pub(crate) fn labels<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Value {
    labels.into_iter().map(Label::as_str).collect()
}

/// Personal data as a row shows it: null if there is none, or none any more.
pub(crate) fn known<T>(value: Option<&Personal<T>>, shown: impl Fn(&T) -> Value) -> Value {
    value.and_then(Personal::known).map_or(Value::Null, shown)
}

/// Which of these were destroyed.
pub(crate) fn erased(fields: &[(&str, bool)]) -> Value {
    let mut names: Vec<&str> = Vec::new();
    names.extend(
        fields
            .iter()
            .filter(|(_, gone)| *gone)
            .map(|(name, _)| name),
    );
    names.sort_unstable();
    json!(names)
}

pub(crate) fn is_erased<T>(value: Option<&Personal<T>>) -> bool {
    matches!(value, Some(Personal::Erased))
}

pub(crate) fn place(place: &Place) -> Value {
    json!({
        "address": place.address.as_ref().map(ToString::to_string),
        "latitude": place.point.map(Point::latitude),
        "longitude": place.point.map(Point::longitude),
    })
}
