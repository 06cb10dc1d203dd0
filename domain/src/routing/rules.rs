//! The weights a deployment chooses, and the version that tells one choice from another.

use std::fmt;

use crate::digest::Fnv1a;
use crate::ticket::Digest;

/// How decisions are made, apart from the weights: raised whenever the same input could come to
/// another decision than before, so that recorded ones are never taken for what they are not.
pub const POLICY: u16 = 1;

/// What counts how much. Any values are allowed; only their relation matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Weight of being near.
    pub distance: u16,
    /// Weight of having room.
    pub load: u16,
    /// Weight of knowing well what is asked for.
    pub skill: u16,
    /// Weight of speaking the customer's language.
    pub language: u16,
    /// Weight of being the one the customer asked for.
    pub preferred: u16,
    /// Weight of not having been given anything for long.
    pub fairness: u16,
    /// Metres at which half of the grade for being near is left.
    pub half_distance_m: u32,
    /// Seconds without an assignment that bring half of the grade for fairness.
    pub half_idle_s: u32,
    /// Seconds by which a step of priority goes before; see [`Turn`](super::Turn).
    pub priority_step_s: u32,
}

impl Default for Rules {
    /// The nearer one, unless others have clearly more room; weights that add up to 1,000.
    fn default() -> Self {
        Self {
            distance: 300,
            load: 200,
            skill: 100,
            language: 150,
            preferred: 150,
            fairness: 100,
            half_distance_m: 20_000,
            half_idle_s: 2 * 3_600,
            priority_step_s: 24 * 3_600,
        }
    }
}

/// Which policy and which weights; written as `1-0123456789abcdef`. Computed, so two sets of
/// weights never share a version by oversight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RuleVersion {
    /// See [`POLICY`].
    pub policy: u16,
    /// Of the weights.
    pub weights: Digest,
}

impl Rules {
    /// The version of these rules, as this program applies them.
    pub fn version(&self) -> RuleVersion {
        let Self {
            distance,
            load,
            skill,
            language,
            preferred,
            fairness,
            half_distance_m,
            half_idle_s,
            priority_step_s,
        } = *self;
        let mut hash = Fnv1a::new();
        for weight in [distance, load, skill, language, preferred, fairness] {
            hash = hash.bytes(&weight.to_be_bytes());
        }
        for scale in [half_distance_m, half_idle_s, priority_step_s] {
            hash = hash.bytes(&scale.to_be_bytes());
        }
        RuleVersion {
            policy: POLICY,
            weights: hash.finish(),
        }
    }
}

impl fmt::Display for RuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.policy, self.weights.0)
    }
}
