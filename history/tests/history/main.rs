//! The checker against histories that are known to be linearizable, or not.

mod random;
mod stories;
mod story;
