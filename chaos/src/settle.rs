//! The end of a round: whatever has no outcome is asked again with its key until it has one, every
//! ticket gets one last command, and some commands that were answered are repeated.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;

use crate::ask::{Ask, MIA, What};
use crate::front::{Front, Until, outcome};
use crate::judge::{Finding, contradictions};
use crate::load::{Asked, Book, Manner};
use crate::random::Random;

/// By then every replica is healthy, and a start has read the log.
const PATIENCE: Until = Until::Outcome(Duration::from_mins(1));
const AT_ONCE: usize = 32;

/// What settling came to.
#[derive(Debug, Default)]
pub struct Settled {
    /// Commands that had to be asked again.
    pub in_doubt: usize,
    /// Commands that had an outcome and were repeated.
    pub repeated: usize,
    /// Repeats that nobody answered.
    pub findings: Vec<Finding>,
}

/// Settles a book.
pub async fn settle(front: &Front, book: &mut Book, random: &mut Random) -> Settled {
    let mut settled = Settled::default();
    let mut again = Vec::new();
    for asked in book.values_mut() {
        for asked in asked.iter_mut() {
            let open = outcome(&asked.attempts).is_none();
            if open && asked.manner == Manner::TakesNo && asked.not_done() {
                continue;
            }
            let repeated = !open && random.percent(3);
            settled.in_doubt += usize::from(open);
            settled.repeated += usize::from(repeated);
            if open || repeated {
                again.push(asked);
            }
        }
    }
    settled.findings = repeat(front, again).await;
    // What was lost shows by what comes after it: this is always refused, with the version.
    stream::iter(book.iter_mut())
        .for_each_concurrent(AT_ONCE, async |(ticket, asked)| {
            let ask = Ask {
                ticket: *ticket,
                person: MIA,
                key: format!("last-of-{ticket}"),
                if_match: Some(u32::MAX),
                what: What::Comment(0),
            };
            asked.push(Asked {
                attempts: front.ask(&ask, PATIENCE).await,
                manner: Manner::Patient,
                ask,
            });
        })
        .await;
    settled
}

/// Asks each again until it has an outcome once more, and says which have none.
async fn repeat(front: &Front, again: impl IntoIterator<Item = &mut Asked>) -> Vec<Finding> {
    let repeats = stream::iter(again).map(async |asked| {
        let attempts = front.ask(&asked.ask, PATIENCE).await;
        let silent = outcome(&attempts).is_none().then(|| Finding {
            ticket: Some(asked.ask.ticket),
            what: format!("nobody answered a repeat of {}", asked.ask.key),
        });
        asked.attempts.extend(attempts);
        silent
    });
    let silent = repeats.buffer_unordered(AT_ONCE);
    silent.filter_map(std::future::ready).collect().await
}

/// Some commands of earlier rounds, whose answers must stay what they were: over restarts, from
/// snapshots, by replicas that were not there at the time.
#[derive(Debug, Default)]
pub struct Memory(Vec<Asked>);

/// So many are kept.
const KEPT: usize = 256;

impl Memory {
    /// How many are kept.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Repeats all that are kept, and says where an answer is another one.
    pub async fn repeat(&mut self, front: &Front) -> Vec<Finding> {
        for asked in &mut self.0 {
            // One answer to compare with is enough.
            asked.attempts.truncate(1);
        }
        let mut findings = repeat(front, &mut self.0).await;
        for asked in &self.0 {
            let Some((first, _)) = outcome(&asked.attempts) else {
                continue;
            };
            let wrong = contradictions(asked, first).into_iter();
            findings.extend(wrong.map(|what| Finding {
                ticket: Some(asked.ask.ticket),
                what,
            }));
        }
        findings
    }

    /// Keeps some of a judged book, in the place of earlier ones.
    pub fn keep(&mut self, book: &Book, random: &mut Random) {
        for asked in book.values().flatten() {
            if !random.percent(2) {
                continue;
            }
            let mut attempts = asked.attempts.clone();
            attempts.retain(|attempt| matches!(attempt.answer, crate::answer::Answer::Outcome(_)));
            attempts.truncate(1);
            if attempts.is_empty() {
                continue;
            }
            let kept = Asked {
                attempts,
                ..asked.clone()
            };
            if self.0.len() < KEPT {
                self.0.push(kept);
            } else {
                let place = random.below(KEPT);
                self.0[place] = kept;
            }
        }
    }
}
