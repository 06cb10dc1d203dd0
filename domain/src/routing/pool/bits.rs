//! Sets of slots, a bit each.

/// A set of slots. A word that isn't there is all zeros, so sets of different lengths go together.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn set(&mut self, slot: usize, present: bool) {
        let (word, bit) = (slot / 64, 1 << (slot % 64));
        if word >= self.0.len() {
            if !present {
                return;
            }
            self.0.resize(word + 1, 0);
        }
        if present {
            self.0[word] |= bit;
        } else {
            self.0[word] &= !bit;
        }
    }

    pub(super) fn contains(&self, slot: usize) -> bool {
        let word = self.0.get(slot / 64).copied().unwrap_or_default();
        word & (1 << (slot % 64)) != 0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps what is in the other too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// Takes in what is in the other.
    pub(super) fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn slots() -> impl Strategy<Value = BTreeSet<usize>> {
        prop::collection::btree_set(0..300usize, 0..40)
    }

    fn bits(slots: &BTreeSet<usize>) -> Bits {
        let mut bits = Bits::default();
        for slot in slots {
            bits.set(*slot, true);
        }
        bits
    }

    proptest! {
        #[test]
        fn they_are_sets(one in slots(), other in slots(), gone in 0..300usize) {
            let mut kept = bits(&one);
            kept.keep(&bits(&other));
            prop_assert!(kept.iter().eq(one.intersection(&other).copied()));
            let mut joined = bits(&one);
            joined.join(&bits(&other));
            prop_assert!(joined.iter().eq(one.union(&other).copied()));
            prop_assert_eq!(joined.count() as usize, one.union(&other).count());
            prop_assert_eq!(kept.is_empty(), one.is_disjoint(&other));
            prop_assert_eq!(bits(&one).contains(gone), one.contains(&gone));
            joined.set(gone, false);
            prop_assert!(!joined.contains(gone));
        }
    }
}
