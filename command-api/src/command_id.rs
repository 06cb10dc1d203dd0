//! Names derived from who asks and the key they chose, so that a command that comes twice is known
//! as one by every replica, from the log alone, for as long as its outcome is kept.

use docket_domain::ids::{CommentId, PersonId, TicketId, WorkId};
use docket_domain::stream::AnyCommandName;
use docket_schemas::attributes::{CommandDigest, CommandId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The id of what this subject asks of this stream under this key: the first 16 bytes of SHA-256
/// over the four, each preceded by its length.
pub(crate) fn command_id(issuer: &str, subject: &str, stream: &str, key: &str) -> CommandId {
    CommandId(first(&[
        issuer.as_bytes(),
        subject.as_bytes(),
        stream.as_bytes(),
        key.as_bytes(),
    ]))
}

/// The key of a survey's answer, by the token of the link that it came by. The token is known to those
/// alone who have the link: nobody else can tell by the key, nor by the id made of it, whether they
/// guess right what was said.
pub(crate) fn answer_key(token: &str, said: &[u8]) -> String {
    Uuid::from_bytes(first(&[b"answer", token.as_bytes(), said])).to_string()
}

/// The digest of what a command asked for: the first 8 bytes of SHA-256 over its id, its name and
/// its payload. The id is the salt, so that equal payloads of two commands don't show as equal in
/// the log. `payload` is canonical: white space and the order of members don't show in it.
pub(crate) fn command_digest(id: CommandId, name: AnyCommandName, payload: &[u8]) -> CommandDigest {
    CommandDigest(first(&[&id.0, name.as_str().as_bytes(), payload]))
}

/// The id of the ticket that this actor opens under this key: a repeated opening opens no second
/// ticket, whichever replica it reaches.
pub(crate) fn ticket_id(actor: Uuid, key: &str) -> TicketId {
    TicketId(Uuid::new_v5(&actor, key.as_bytes()))
}

/// The id of somebody without an account whom this actor registers under this key; likewise.
pub(crate) fn person_id(actor: Uuid, key: &str) -> PersonId {
    PersonId(Uuid::new_v5(&actor, format!("person {key}").as_bytes()))
}

/// The comment this command adds.
pub(crate) fn comment_id(command: CommandId, ticket: TicketId) -> CommentId {
    CommentId(Uuid::new_v5(&ticket.0, &command.0))
}

/// The entry of work this command logs.
pub(crate) fn work_id(command: CommandId, ticket: TicketId) -> WorkId {
    WorkId(Uuid::new_v5(&ticket.0, &command.0))
}

fn first<const N: usize>(items: &[&[u8]]) -> [u8; N] {
    let mut hash = Sha256::new();
    for item in items {
        hash.update((item.len() as u64).to_be_bytes());
        hash.update(item);
    }
    let mut out = [0; N];
    out.copy_from_slice(&hash.finalize()[..N]);
    out
}

#[cfg(test)]
mod tests {
    use docket_domain::CommandName;

    use super::*;

    #[test]
    fn a_command_is_named_by_issuer_subject_stream_and_key() {
        let id = command_id("iss", "ann", "ticket-1", "key");
        assert_eq!(id, command_id("iss", "ann", "ticket-1", "key"));
        assert_ne!(id, command_id("iss", "ann", "ticket-1", "key2"));
        assert_ne!(id, command_id("iss", "ann", "ticket-2", "key"));
        assert_ne!(id, command_id("iss", "bob", "ticket-1", "key"));
        assert_ne!(id, command_id("iss2", "ann", "ticket-1", "key"));
        // The lengths keep neighbours apart.
        assert_ne!(
            command_id("iss", "an", "n", "key"),
            command_id("iss", "ann", "", "key")
        );
    }

    #[test]
    fn an_answers_key_is_made_of_the_link_and_of_what_is_said() {
        let key = answer_key("1.2.sig", b"[5,null]");
        assert_eq!(key, answer_key("1.2.sig", b"[5,null]"));
        assert_ne!(key, answer_key("1.2.gis", b"[5,null]"));
        assert_ne!(key, answer_key("1.2.sig", b"[4,null]"));
    }

    #[test]
    fn equal_payloads_of_two_commands_have_two_digests() {
        let (one, two) = (
            command_id("i", "s", "t", "1"),
            command_id("i", "s", "t", "2"),
        );
        let digest = |id| command_digest(id, CommandName::Accept.into(), b"{}");
        assert_ne!(digest(one), digest(two));
        assert_ne!(
            digest(one),
            command_digest(one, CommandName::Close.into(), b"{}")
        );
    }
}
