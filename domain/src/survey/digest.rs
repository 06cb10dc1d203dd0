//! The digest of an invitation. Snapshots hold it, so it stays what it is.

use super::command::{AskedBy, Invitation};
use crate::digest::Fnv1a;
use crate::ids::PersonId;
use crate::text::Label;
use crate::ticket::Digest;

impl From<&Invitation> for Digest {
    fn from(invitation: &Invitation) -> Self {
        // Every field by name: a new one must be put somewhere.
        let Invitation {
            customer,
            channel,
            language,
            consultant,
            team,
            category,
            store,
            area,
            expires_at,
        } = invitation;
        let channel = match channel {
            AskedBy::Email => 0,
            AskedBy::Sms => 1,
        };
        let mut hash = Fnv1a::new()
            .bytes(&[channel])
            .bytes(&expires_at.as_nanosecond().to_be_bytes());
        for person in [customer, consultant] {
            hash = with_person(hash, *person);
        }
        for label in [language, team, category, store, area] {
            hash = with_label(hash, label.as_ref());
        }
        hash.finish()
    }
}

fn with_person(hash: Fnv1a, person: Option<PersonId>) -> Fnv1a {
    match person {
        Some(person) => hash.bytes(&[1]).bytes(person.0.as_bytes()),
        None => hash.bytes(&[0]),
    }
}

fn with_label(hash: Fnv1a, label: Option<&Label>) -> Fnv1a {
    match label {
        Some(label) => hash.bytes(&[1]).text(label.as_str()),
        None => hash.bytes(&[0]),
    }
}
