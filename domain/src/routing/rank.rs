//! Who comes before whom: a total order, so that no decision hangs on the order of the candidates.

use std::cmp::Ordering;

use super::score::Scored;
use crate::digest::Fnv1a;
use crate::ids::{PersonId, TicketId};

/// The most candidates a decision records.
pub const BEST_MAX: usize = 20;

/// The best candidates offered so far, at most [`BEST_MAX`], best first.
pub(super) struct Ranking {
    ticket: TicketId,
    best: Vec<Scored>,
}

impl Ranking {
    pub(super) const fn new(ticket: TicketId) -> Self {
        Self {
            ticket,
            best: Vec::new(),
        }
    }

    /// Takes the candidate in if it is among the best.
    pub(super) fn offer(&mut self, scored: Scored) {
        let before = |other: &Scored| compare(self.ticket, other, &scored) == Ordering::Less;
        // Most are worse than the last of the best, and that is all they cost.
        if self.best.len() == BEST_MAX && self.best.last().is_some_and(before) {
            return;
        }
        let at = self.best.partition_point(before);
        self.best.truncate(BEST_MAX - 1);
        self.best.insert(at, scored);
    }

    pub(super) fn into_best(self) -> Vec<Scored> {
        self.best
    }
}

/// The higher total goes first; then whoever was given nothing for longer; then the lower lot. The
/// id only decides between equal lots, which no two consultants are likely ever to draw.
fn compare(ticket: TicketId, one: &Scored, other: &Scored) -> Ordering {
    other
        .total
        .cmp(&one.total)
        .then_with(|| one.last_assigned_at.cmp(&other.last_assigned_at))
        .then_with(|| lot(ticket, one.consultant).cmp(&lot(ticket, other.consultant)))
        .then_with(|| one.consultant.cmp(&other.consultant))
}

/// A number that the consultant draws for this ticket, and another for the next.
fn lot(ticket: TicketId, consultant: PersonId) -> u64 {
    let hash = Fnv1a::new()
        .bytes(ticket.0.as_bytes())
        .bytes(consultant.0.as_bytes());
    // FNV's upper bits, which decide a comparison, hardly depend on the last bytes: MurmurHash3's
    // finaliser spreads them.
    let mut lot = hash.finish().0;
    lot = (lot ^ (lot >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    lot = (lot ^ (lot >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    lot ^ (lot >> 33)
}
