//! What the search leaves out because it makes no difference, and why it makes none.
//!
//! All of it rests on readers being functions of the log: whoever reads on from a place comes to
//! the same head, whenever that is. A weakening that takes this away is searched without
//! reductions, and a small configuration is searched with and without them (`tests/sound.rs`).
//!
//! 1. *Noise that is stored is forgotten.* A reader passes an entry with one and the same head,
//!    whoever it is and whenever it does.
//! 2. *What is under way and can only become noise is forgotten.* Its first record extends what
//!    another valid record extends already.
//! 3. *Who holds no command doesn't read.* What it would read now it can read later, when it has
//!    been sent one; and a command that was sent before reading is as well sent after it.

use crate::log::Reader;
use crate::protocol::Protocol;
use crate::state::State;

/// Forgets messages that can only become noise.
pub(crate) fn forget_doomed(protocol: &Protocol<'_>, state: &mut State) {
    let head = Reader::at_end_of(&state.log, protocol.weakening).head;
    for index in (0..state.network.len()).rev() {
        let message = state.network[index];
        // One that extends another record of its message can be valid only if that one can.
        let may_win = (0..message.records.len())
            .any(|at| message.left[at] && state.log.record(message.records[at]).previous == head);
        if !may_win {
            state.network.remove(index);
        }
    }
}
