//! What stands in the log, held to what is checked in beside this crate: example, schemas, golden
//! bytes, AsyncAPI document; and to what the domain can say.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which clippy's exemption of tests doesn't reach"
)]

mod asyncapi;
mod example;
mod refused;
mod released;
mod round_trip;
mod samples;
mod strategies;

use std::fmt::Write as _;

/// As `sha256sum` prints it.
fn hexadecimal(digest: impl IntoIterator<Item = u8>) -> String {
    let mut text = String::new();
    for byte in digest {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
