//! Why data could not be written or read. Both name the type, because whoever meets one is looking
//! at a log of many.

/// Data that may not be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// More than a record may carry.
    #[error(
        "a {kind} of {actual} bytes does not fit a record, which takes {} of data",
        crate::DATA_BYTES_MAX
    )]
    TooLarge {
        /// `ce_type`.
        kind: &'static str,
        /// Bytes of JSON.
        actual: usize,
    },
    /// Never seen: our wire structs have nothing JSON can't say.
    #[error("a {kind} could not be written as JSON")]
    Json {
        /// `ce_type`.
        kind: &'static str,
        /// What serde said.
        source: serde_json::Error,
    },
}

/// Data that this version can't read. Whoever decides must refuse, whoever projects must park: the
/// record is valid, and a newer version or a repaired one will read it.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A type (or version) this version doesn't know.
    #[error("the type {kind} is unknown to this version; a newer one wrote it")]
    UnknownType {
        /// `ce_type`.
        kind: String,
    },
    /// Not the JSON this type has: malformed, a field missing, or one that a newer version added.
    #[error("the data is not that of {kind}")]
    Json {
        /// `ce_type`.
        kind: String,
        /// Where and what.
        source: serde_json::Error,
    },
    /// The right shape, but a value the domain doesn't have.
    #[error("{kind}: the field {field} {problem}")]
    Field {
        /// `ce_type`.
        kind: String,
        /// The field, as it is called in JSON.
        field: &'static str,
        /// What is wrong with it, as a predicate.
        problem: String,
    },
}
