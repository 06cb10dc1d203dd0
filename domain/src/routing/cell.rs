//! Cubes of space, so that whatever is certainly too far away isn't looked at one by one.

use super::spot::Spot;

/// The binary logarithm of a cell's edge in centimetres: 84 km, about as far as people go. A country
/// has some hundred cells, and a place a dozen that anybody might come to it from.
const EDGE_BITS: u32 = 23;

/// A cube of space.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Cell([i8; 3]);

impl Cell {
    pub(super) fn of(spot: Spot) -> Self {
        // The earth's radius is 76 edges.
        Self(spot.axes.map(|along| (along >> EDGE_BITS) as i8))
    }

    /// Metres to its nearest point: nothing in it is nearer.
    pub(super) fn distance_m(self, from: Spot) -> u32 {
        let mut axes = from.axes;
        for (along, key) in axes.iter_mut().zip(self.0) {
            let low = i32::from(key) << EDGE_BITS;
            *along = (*along).clamp(low, low + ((1 << EDGE_BITS) - 1));
        }
        Spot { axes }.distance_m(from)
    }
}
