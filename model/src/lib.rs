//! The log's protocol as a model: every interleaving of a few writers, searched to the end.
