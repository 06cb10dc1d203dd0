//! While the token isn't accepted: one attempt after the other, instead of one for each thing due.
//!
//! Each attempt has a key of its own: a refusal for the sender's role stands in the log like any
//! other, and would be repeated to the same key when the role has been put right.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const PAUSE_MIN: Duration = Duration::from_secs(1);
/// A token file is read again more often than that.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// What waits until the token is accepted.
pub(super) struct Barred<I> {
    pub(super) detail: String,
    held: VecDeque<I>,
    pause: Duration,
    /// When to try again; nothing while an attempt is on its way.
    next: Option<Instant>,
}

impl<I> Barred<I> {
    pub(super) fn new(detail: String) -> Self {
        Self {
            detail,
            held: VecDeque::new(),
            pause: PAUSE_MIN,
            next: Some(Instant::now() + PAUSE_MIN),
        }
    }

    /// Another one that wasn't accepted.
    pub(super) fn hold(&mut self, intent: I) {
        self.held.push_back(intent);
    }

    /// The attempt was in vain: the next one waits longer.
    pub(super) fn again(&mut self, intent: I) {
        self.held.push_front(intent);
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        self.next = Some(Instant::now() + self.pause);
    }

    /// How long to wait for the next attempt.
    pub(super) fn wait(&self) -> Option<Duration> {
        let next = self.next?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// What to try it with, if it is time; `Err` if nothing of it is wanted any more.
    pub(super) fn attempt(&mut self, is_wanted: impl Fn(&I) -> bool) -> Result<Option<I>, ()> {
        if self.next.is_none_or(|next| next > Instant::now()) {
            return Ok(None);
        }
        self.held.retain(is_wanted);
        self.next = None;
        self.held.pop_front().map(Some).ok_or(())
    }

    /// The token is accepted.
    pub(super) fn released(self) -> impl Iterator<Item = I> {
        self.held.into_iter()
    }
}
