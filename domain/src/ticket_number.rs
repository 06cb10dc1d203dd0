//! The number people read out on the phone.

/// A ticket's number: (count within the partition × partition count + partition), then a check
/// digit. Unique and never given again, because the append that carries it decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TicketNumber(u64);
