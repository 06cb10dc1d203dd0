//! A decision as the event of the assignment that came of it records it.

use super::decision::{Basis, Decision, Outcome};
use super::filter::{Exclusions, Reason};
use super::rules::{POLICY, RuleVersion};
use super::score::Scored;
use crate::ids::RouterId;

/// Why a router gave a ticket to somebody. Ticket and consultant are the event's own; what isn't
/// here can be computed again from the log, read as far as the basis says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Who decided.
    pub router: RouterId,
    /// The how many-th assignment by a router since the ticket began to wait anew: opened,
    /// reopened, transferred, amended in what routing asks about, or accepted by somebody.
    pub attempt: u32,
    /// How many attempts there are. When they are spent and the ticket waits again, routers leave it
    /// to a manager.
    pub attempts_max: u32,
    /// See [`POLICY`]; that of the program that decided.
    pub policy: u16,
    /// What it rests on.
    pub basis: Basis,
    /// How many candidates there were.
    pub considered: u32,
    /// How many of them couldn't have the ticket, by reason.
    pub excluded: Exclusions,
    /// The first of the ranking, best first, at most [`BEST_MAX`](super::BEST_MAX).
    pub best: Vec<Scored>,
}

impl Recorded {
    /// The record of a decision to assign; `None` of one to wait.
    pub fn new(
        decision: Decision,
        router: RouterId,
        attempt: u32,
        attempts_max: u32,
    ) -> Option<Self> {
        let Decision {
            ticket: _,
            basis,
            considered,
            excluded,
            best,
            outcome,
        } = decision;
        match outcome {
            Outcome::Assign { .. } => Some(Self {
                router,
                attempt,
                attempts_max,
                policy: POLICY,
                basis,
                considered,
                excluded,
                best,
            }),
            Outcome::Waits { .. } => None,
        }
    }

    /// Which policy and which weights decided.
    pub fn rule_version(&self) -> RuleVersion {
        RuleVersion {
            policy: self.policy,
            ..self.basis.rules.version()
        }
    }

    /// Whether a manager must look after the ticket if nobody accepts it now: the attempts are
    /// spent, or there is nobody left to whom it could go next, be it when they come on shift or
    /// have room again.
    pub fn is_last_attempt(&self) -> bool {
        self.attempt >= self.attempts_max || self.others_left() == 0
    }

    /// How many could get the ticket after whom it went to, now or when they come on shift, are
    /// available or have room: those whom nothing lasting excludes.
    pub fn others_left(&self) -> u32 {
        let lasting = Reason::ALL.into_iter().filter(|reason| reason.is_lasting());
        let excluded: u32 = lasting.map(|reason| self.excluded.get(reason)).sum();
        self.considered.saturating_sub(excluded).saturating_sub(1)
    }
}
