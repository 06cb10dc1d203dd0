//! Who is how far away, by cells of space, so that whoever is certainly too far isn't looked at.

use std::collections::BTreeMap;

use super::bits::Bits;
use crate::routing::cell::Cell;
use crate::routing::spot::Spot;

/// Candidates with a place and a limit to how far they go, by the cube of space they are in.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(BTreeMap<Cell, Members>);

#[derive(Clone, Debug, Default)]
struct Members {
    members: Vec<Member>,
    /// The farthest that any of them goes.
    reach_m: u32,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    slot: usize,
    from: Spot,
    max_m: u32,
}

impl Cells {
    pub(super) fn insert(&mut self, slot: usize, from: Spot, max_m: u32) {
        let cell = self.0.entry(Cell::of(from)).or_default();
        cell.members.push(Member { slot, from, max_m });
        cell.reach_m = cell.reach_m.max(max_m);
    }

    /// The place is the one it was inserted with.
    pub(super) fn remove(&mut self, slot: usize, from: Spot) {
        let key = Cell::of(from);
        let Some(cell) = self.0.get_mut(&key) else {
            return;
        };
        cell.members.retain(|member| member.slot != slot);
        let reaches = cell.members.iter().map(|member| member.max_m);
        match reaches.max() {
            Some(reach_m) => cell.reach_m = reach_m,
            None => drop(self.0.remove(&key)),
        }
    }

    /// Adds those of `asked` who go as far as that.
    pub(super) fn reaching(&self, to: Spot, asked: &Bits, within: &mut Bits) {
        for (key, cell) in &self.0 {
            if key.distance_m(to) > cell.reach_m {
                continue;
            }
            for member in &cell.members {
                if asked.contains(member.slot) && member.from.distance_m(to) <= member.max_m {
                    within.set(member.slot, true);
                }
            }
        }
    }
}
