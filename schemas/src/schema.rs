//! JSON Schemas of everything that is written, made from the wire structs. The released ones are
//! checked in under `json/` and compared in a test.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of one type's data.
#[derive(Debug)]
pub struct Released {
    /// `ce_type`.
    pub kind: &'static str,
    /// JSON Schema, draft 7: what tools for AsyncAPI 3.0 understand.
    pub schema: Value,
}

/// The schemas of all types that this version writes: the log's own, then each stream's.
pub fn all() -> Vec<Released> {
    let mut all = crate::control::schemas();
    all.extend(crate::event::schemas());
    all
}

pub(crate) fn released<T: JsonSchema>(kind: &'static str) -> Released {
    let mut schema = SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".into(), kind.into());
    schema.insert(
        "$id".into(),
        format!("https://docket.dev/schemas/{kind}.json").into(),
    );
    Released {
        kind,
        schema: schema.into(),
    }
}
