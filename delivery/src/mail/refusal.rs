//! What a relay's refusal says: of the address, or of anything else.
//!
//! Guarantee: a mail is given up at once only when the relay says that this address takes none, or
//! this mail. Everything else may be mended (a policy, an account, a full mailbox), so it is tried
//! again by the schedule.

use std::error::Error as _;

use lettre::transport::smtp::Error as SmtpError;

use crate::retry::Failure;

/// Enhanced status codes (RFC 3463, and IANA's registry of them) by which another try is in vain. Not
/// among them: 5.1.7 and 5.1.8, which are about our own address, 5.2.2, a mailbox that is full now,
/// 5.4, the network, and 5.7, policy.
const HOPELESS: [&str; 9] = [
    "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.6.7",
];

/// Reply codes that say the same where no enhanced one does: the mailbox isn't there (550), isn't here
/// (551), or has no such name (553). What 554 is about, nobody knows.
const HOPELESS_REPLIES: [&str; 3] = ["550", "551", "553"];

/// What went wrong, without the relay's words: they like to repeat the address.
pub(super) fn failed(error: &SmtpError, connecting: bool) -> Failure {
    let Some(reply) = error.status() else {
        let kind = if error.is_tls() {
            "no protected connection to the relay"
        } else if error.is_client() {
            "the relay lacks what this mail needs"
        } else if connecting {
            "the relay can't be reached"
        } else {
            "the conversation with the relay broke off"
        };
        return Failure::transient(kind);
    };
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    judge(&reply.to_string(), &words, connecting)
}

/// Of a reply's code and the relay's words behind it. What is refused before the mail began is not
/// about the mail.
fn judge(reply: &str, words: &str, connecting: bool) -> Failure {
    let enhanced = enhanced(words);
    let hopeless = match &enhanced {
        Some(code) => HOPELESS.contains(&code.as_str()),
        None => HOPELESS_REPLIES.contains(&reply),
    };
    let code = enhanced.map(|code| format!(" {code}")).unwrap_or_default();
    let why = format!("the relay answered {reply}{code}");
    if hopeless && reply.starts_with('5') && !connecting {
        Failure::permanent(why)
    } else {
        Failure::transient(why)
    }
}

/// The enhanced status code that a reply's text begins with: class, subject and detail.
fn enhanced(words: &str) -> Option<String> {
    let first = words.split_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let good = parts.len() == 3 && ["2", "4", "5"].contains(&parts[0]) && parts.iter().all(number);
    good.then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hopeless(reply: &str, words: &str) -> bool {
        judge(reply, words, false).permanent
    }

    #[test]
    fn only_what_is_about_the_address_is_hopeless() {
        for (reply, words) in [
            ("550", "5.1.1 <c@example.com>: no such user"),
            ("550", "no such user here"),
            ("553", "5.1.3 bad address"),
            ("556", "5.1.10 the domain takes no mail"),
            ("550", "5.2.1 mailbox disabled"),
            ("551", "user not local"),
        ] {
            assert!(hopeless(reply, words), "{reply} {words}");
        }
        for (reply, words) in [
            ("554", "5.7.1 rejected by policy"),
            ("550", "5.7.1 our address is on a block list"),
            ("550", "5.7.26 not authenticated"),
            ("554", "transaction failed"),
            ("552", "5.2.2 mailbox full"),
            ("553", "5.1.8 sender's domain not found"),
            ("530", "5.7.0 authentication required"),
            ("535", "5.7.8 bad credentials"),
            ("452", "4.2.2 mailbox full"),
            ("450", "try again"),
        ] {
            assert!(!hopeless(reply, words), "{reply} {words}");
        }
        assert!(
            !judge("550", "5.1.1 go away", true).permanent,
            "not the mail"
        );
    }

    #[test]
    fn the_reason_holds_codes_and_none_of_the_relays_words() {
        let why = |words: &str| judge("550", words, false).why;
        assert_eq!(why("5.1.1 <c@example.com>"), "the relay answered 550 5.1.1");
        for words in [
            "c@example.com",
            "5.1 x",
            "5.1.1.1 x",
            "5.1.x",
            "5.c@example.com.1",
            "",
        ] {
            assert_eq!(why(words), "the relay answered 550", "{words}");
        }
    }
}
