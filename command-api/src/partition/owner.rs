//! Owners, for speed only: whose claim a partition's task is to append, and which partitions each
//! writer should have.
//!
//! Guarantee: what [`shares`] says depends on its arguments alone, so replicas that know of the
//! same writers agree on it, and no two of them differ in size by more than one. Whether they
//! agree matters to nobody's answer: an append by somebody else is as valid.

use std::collections::BTreeSet;

use docket_schemas::control::Claimed;
use sha2::{Digest as _, Sha256};

/// A claim that a partition's task is to append, unless it has become pointless.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wish {
    /// Whom it names.
    pub(crate) owner: Claimed,
    /// Whose place that one takes. When the log names another one by then, somebody was faster,
    /// and the claim is not appended.
    pub(crate) instead_of: Option<Claimed>,
    /// Why, as a metric's label.
    pub(crate) reason: Reason,
}

/// Why a partition is claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    /// It is part of the claimer's share.
    Share,
    /// Its owner was gone or silent.
    Silence,
    /// Its owner stops, and names a successor.
    HandOver,
}

impl Reason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Silence => "silence",
            Self::HandOver => "hand_over",
        }
    }
}

/// As long as a host's name may be, and a port.
const ADDRESS_BYTES_MAX: usize = 253 + 6;

/// A name or an address that a request can be sent to, and a port that somebody can listen on.
pub(crate) fn is_host_and_port(text: &str) -> bool {
    let authority = text.parse::<http::uri::Authority>();
    text.len() <= ADDRESS_BYTES_MAX
        && authority.is_ok_and(|authority| {
            let port = authority.port_u16();
            !authority.host().is_empty() && !text.contains('@') && port.is_some_and(|port| port > 0)
        })
}

/// Who should own each partition, among writers at these addresses: rendezvous hashing, but nobody
/// gets more than their equal part. (Without that bound three writers of eight partitions get 4, 3
/// and 1 as often as not, and in every ninth case one gets none.) By address and not by the id of
/// a process, so that a process that comes back gets what it had. Nobody, no shares.
pub(crate) fn shares<'a>(partitions: u16, addresses: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let mut held: Vec<(&str, usize)> = addresses.iter().map(|address| (*address, 0)).collect();
    if held.is_empty() {
        return Vec::new();
    }
    let least = usize::from(partitions) / held.len();
    // So many may have one more than the least.
    let mut larger = usize::from(partitions) % held.len();
    let mut shares = Vec::with_capacity(partitions.into());
    for partition in 0..partitions {
        let candidates = held
            .iter_mut()
            .filter(|(_, count)| *count < least || (*count == least && larger > 0));
        // There is always one: the parts add up to the partitions.
        let Some((address, count)) =
            candidates.max_by_key(|(address, _)| weight(address, partition))
        else {
            break;
        };
        larger -= usize::from(*count == least);
        *count += 1;
        shares.push(*address);
    }
    shares
}

fn weight(address: &str, partition: u16) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(partition.to_be_bytes());
    hash.update(address.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(addresses: &[&'a str]) -> Vec<&'a str> {
        shares(8, &addresses.iter().copied().collect())
    }

    #[test]
    fn shares_are_as_equal_as_can_be() {
        for writers in 1..=10_usize {
            let names: Vec<String> = (0..writers).map(|n| format!("replica-{n}:8080")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let shares = of(&names);
            assert_eq!(shares.len(), 8);
            for name in names {
                let share = shares.iter().filter(|owner| **owner == name).count();
                let equal = 8 / writers;
                assert!((equal..=equal + 1).contains(&share), "{share} of {writers}");
            }
        }
    }

    #[test]
    fn who_comes_back_gets_what_it_had_and_most_of_the_rest_stays() {
        let three = of(&["a:1", "b:1", "c:1"]);
        assert_eq!(of(&["c:1", "a:1", "b:1"]), three);
        let two = of(&["a:1", "b:1"]);
        let stayed = three.iter().zip(&two).filter(|(one, other)| one == other);
        assert!(stayed.count() >= 3, "{three:?} {two:?}");
        assert!(shares(8, &BTreeSet::new()).is_empty());
    }
}
