//! Requests about tickets, as bytes.

use std::io::Write as _;

use docket_service::Role;

use crate::load::{Answer, Script};
use crate::stage::Stage;

/// An opening as a receptionist types it; about 400 bytes, as is the event that it becomes.
pub(crate) const OPENING: &str = r#"{"caller":{"name":"Somebody from Winterthur","phone":"+41 52 000 00 00"},"channel":"phone","subject":"No picture since the storm","description":"The screen stays dark, the light at the box is red, and it has been switched off and on again. Somebody is at home from four in the afternoon.","category":"television","skills":["reception","wiring"],"priority":"high","language":"de-CH"}"#;

/// Opens one ticket after the other; each with an idempotency key of its own.
pub(crate) struct Opener {
    head: Vec<u8>,
    client: u64,
    count: u64,
}

impl Opener {
    /// So many, each a receptionist with a token of their own.
    pub(crate) fn several(stage: &Stage, count: usize) -> anyhow::Result<Vec<Self>> {
        let opener = |client| {
            let token = stage.token(&format!("receptionist-{client}"), Role::Receptionist)?;
            Ok(Self::new(&token, client))
        };
        (0..count as u64).map(opener).collect()
    }

    /// Another one with that token; `client` goes into its keys.
    pub(crate) fn new(token: &str, client: u64) -> Self {
        Self {
            head: head("POST", "/v1/tickets", token),
            client,
            count: 0,
        }
    }
}

impl Opener {
    /// The same with keys that it doesn't use in any other of the numbered rounds.
    pub(crate) fn keyed(mut self, round: u64) -> Self {
        self.client |= round << 32;
        self
    }
}

impl Script for Opener {
    fn request(&mut self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.head);
        self.count += 1;
        let key = format_args!("{:016x}{:016x}", self.client, self.count);
        body(into, key, OPENING);
    }
}

/// Reads tickets by their ids, in turn.
pub(crate) struct Getter {
    token: String,
    ids: std::sync::Arc<Vec<String>>,
    next: usize,
}

impl Getter {
    pub(crate) fn new(token: String, ids: std::sync::Arc<Vec<String>>, first: usize) -> Self {
        Self {
            token,
            ids,
            next: first,
        }
    }
}

impl Script for Getter {
    fn request(&mut self, into: &mut Vec<u8>) {
        // A step that is prime to nearly every number, so that they all come up, in no order.
        self.next = (self.next + 7_919) % self.ids.len();
        get(into, &self.ids[self.next], &self.token, None);
    }
}

/// The head's lines that never change.
pub(crate) fn head(method: &str, path: &str, token: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: docket\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n"
    )
    .into_bytes()
}

/// The rest of a command's request. Writing into a vector does not fail.
pub(crate) fn body(into: &mut Vec<u8>, key: std::fmt::Arguments<'_>, body: &str) {
    let length = body.len();
    let _ = write!(
        into,
        "idempotency-key: {key}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
}

/// A query for one ticket, as far as `position` at least.
pub(crate) fn get(into: &mut Vec<u8>, id: &str, token: &str, position: Option<&str>) {
    let _ = write!(
        into,
        "GET /v1/tickets/{id} HTTP/1.1\r\nhost: docket\r\nauthorization: Bearer {token}\r\n"
    );
    if let Some(position) = position {
        let _ = write!(into, "docket-min-position: {position}\r\n");
    }
    into.extend_from_slice(b"\r\n");
}

/// The ticket in a command's answer, which begins with it.
pub(crate) fn ticket_of<'a>(answer: &'a Answer<'_>) -> Option<&'a str> {
    let text = std::str::from_utf8(answer.body).ok()?;
    let (_, rest) = text.split_once(r#""ticket":""#)?;
    rest.get(..36)
}
