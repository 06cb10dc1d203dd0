//! Who is how far away, by cells of space, so that whoever is certainly too far isn't looked at.

use std::collections::BTreeMap;

use super::bits::Bits;
use crate::routing::spot::Spot;

/// The binary logarithm of a cell's edge in centimetres: 84 km, about as far as people go. A country
/// has some hundred cells, and a ticket's place a dozen that anybody might come from.
const EDGE_BITS: u32 = 23;

/// Candidates with a place and a limit to how far they go, by the cube of space they are in.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(BTreeMap<[i8; 3], Cell>);

#[derive(Clone, Debug, Default)]
struct Cell {
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
        let cell = self.0.entry(key(from)).or_default();
        cell.members.push(Member { slot, from, max_m });
        cell.reach_m = cell.reach_m.max(max_m);
    }

    /// The place is the one it was inserted with.
    pub(super) fn remove(&mut self, slot: usize, from: Spot) {
        let key = key(from);
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
            if nearest(*key, to).distance_m(to) > cell.reach_m {
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

fn key(spot: Spot) -> [i8; 3] {
    // The earth's radius is 76 edges.
    spot.axes.map(|along| (along >> EDGE_BITS) as i8)
}

/// The point of the cell that is nearest to the spot: nobody in it is nearer.
fn nearest(key: [i8; 3], spot: Spot) -> Spot {
    let mut axes = spot.axes;
    for (along, key) in axes.iter_mut().zip(key) {
        let low = i32::from(key) << EDGE_BITS;
        *along = (*along).clamp(low, low + ((1 << EDGE_BITS) - 1));
    }
    Spot { axes }
}
