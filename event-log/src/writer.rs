//! One partition's writer: sends batches that extend the head, reads on, and says what became of
//! them.

/// What [`PartitionWriter::next`] read, in the log's order.
#[derive(Debug)]
pub struct Step {
    /// The valid records that were read, each with its index in the batch in flight if it is one
    /// of ours: that it comes back here is what acknowledges it.
    pub records: Vec<(crate::Record, Option<usize>)>,
    /// How many entries broke the chain rule.
    pub noise: usize,
    /// Set when the batch in flight is settled with this step.
    pub settled: Option<Settled>,
}

/// How a batch ended. It wins up to its first lost record: the records after that one extend
/// something that is not in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settled {
    /// How many records of the batch are valid, from its front.
    pub won: usize,
    /// How many are noise for ever; nothing of them happened.
    pub lost: usize,
}
