//! The hash and the rule on single records.
