//! Surveys as the inviter must know them: which customers were asked, and what score they gave.
//!
//! Guarantee: order among partitions doesn't matter; a survey may be read before its ticket. It is
//! forgotten a day after its end, as its partition's records tell the time: by then nobody may be
//! asked about that closing any more.

use std::collections::{BTreeSet, HashMap};

use docket_domain::Timestamp;
use docket_domain::ids::SurveyId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::{Score, SurveyEvent};
use jiff::SignedDuration;

use crate::fact::Told;

/// How long after its end a survey is kept: so long a ticket may be reopened for it, and so much may
/// clocks differ.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How old an answer may be when it is read, for anything to come of it: who switches reopening on
/// doesn't bring back what was answered before.
const HEARD: SignedDuration = SignedDuration::from_hours(1);
/// The most that are forgotten for one record read.
const FORGOTTEN_AT_ONCE: usize = 4;

/// Where one stands whose customer was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Survey {
    Sent,
    Answered(Score),
    /// Longer ago than [`HEARD`] when it was read.
    AnsweredLongAgo,
}

/// Those that were sent.
#[derive(Debug)]
pub(super) struct Surveys {
    sent: HashMap<SurveyId, Survey>,
    /// By partition, when each is forgotten.
    ends: Vec<BTreeSet<(Timestamp, SurveyId)>>,
    /// How long one is open of which that can't be read.
    open_for: SignedDuration,
}

impl Surveys {
    pub(super) fn new(partitions: u16, open_for: SignedDuration) -> Self {
        Self {
            sent: HashMap::new(),
            ends: vec![BTreeSet::new(); usize::from(partitions)],
            open_for,
        }
    }

    /// `None` if it wasn't sent.
    pub(super) fn get(&self, id: SurveyId) -> Option<Survey> {
        self.sent.get(&id).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// Folds one record; says which survey it changed.
    pub(super) fn read(&mut self, now: Timestamp, told: &Told) -> Option<SurveyId> {
        let partition = usize::from(told.partition.0);
        self.forget(partition, told.at);
        let fact = told.fact.as_ref()?;
        let StreamId::Survey(id) = fact.stream else {
            return None;
        };
        match &fact.event {
            Some((Event::Survey(SurveyEvent::Invited(invitation)), _)) => {
                self.sent(id, partition, invitation.expires_at);
            }
            Some((Event::Survey(SurveyEvent::Answered { score, .. }), _)) => {
                // Of one that was forgotten there is nothing to be done.
                *self.sent.get_mut(&id)? = if now.duration_since(told.at) <= HEARD {
                    Survey::Answered(*score)
                } else {
                    Survey::AnsweredLongAgo
                };
            }
            // Whatever it says, the customer was asked.
            _ if !self.sent.contains_key(&id) => {
                let end = told.at.checked_add(self.open_for);
                self.sent(id, partition, end.unwrap_or(Timestamp::MAX));
            }
            _ => {}
        }
        Some(id)
    }

    fn sent(&mut self, id: SurveyId, partition: usize, end: Timestamp) {
        self.sent.entry(id).or_insert(Survey::Sent);
        let end = end.checked_add(KEPT).unwrap_or(Timestamp::MAX);
        self.ends[partition].insert((end, id));
    }

    fn forget(&mut self, partition: usize, at: Timestamp) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.ends[partition].first() {
                Some((end, _)) if *end <= at => {}
                _ => return,
            }
            if let Some((_, id)) = self.ends[partition].pop_first() {
                self.sent.remove(&id);
            }
        }
    }
}
