//! What one reading of the log left, because it had read past it or hadn't read far enough ahead:
//! another one, that reads each partition exactly as far as the next decision names.
//!
//! Guarantee: nothing lies ready in it, however far partitions' clocks are apart, and each such
//! reading settles one decision at least.

use docket_process_managers::fact::Told;
use docket_process_managers::router::again::Again;

use super::pass::{Reached, Waiting, again};

pub(super) struct Rest {
    again: Again,
    waiting: Waiting,
    /// Whose positions were passed once more.
    pub(super) behind: Waiting,
}

impl Rest {
    pub(super) fn new(partitions: u16, waiting: Waiting) -> Self {
        Self {
            again: again(partitions),
            waiting,
            behind: Waiting::new(),
        }
    }

    /// Hands out what is reached. The partition whose next record is needed for what isn't; nothing,
    /// when nothing waits.
    pub(super) fn wants(&mut self, each: &mut dyn FnMut(Reached<'_>)) -> Option<usize> {
        while let Some(first) = self.waiting.first_entry() {
            let positions = &first.get().recorded.basis.positions;
            let mut lanes = positions.iter().zip(self.again.positions());
            if lanes.clone().any(|(named, told)| named < told) {
                let (key, found) = first.remove_entry();
                self.behind.insert(key, found);
            } else if let Some(lane) = lanes.position(|(named, told)| named > told) {
                return Some(lane);
            } else {
                each(Reached::There(&mut self.again, first.remove()));
            }
        }
        None
    }

    /// Takes in the record that is needed.
    pub(super) fn read(&mut self, told: &Told) {
        self.again.read(told);
    }

    /// There is no such record.
    pub(super) fn ended(&mut self, each: &mut dyn FnMut(Reached<'_>)) {
        if let Some((_, found)) = self.waiting.pop_first() {
            each(Reached::Never(found));
        }
    }
}
