//! What stands in the log, held to what is checked in beside this crate: example, schemas, golden
//! bytes, `AsyncAPI` document; and to what the domain can say.

mod asyncapi;
mod example;
mod refused;
mod released;
mod round_trip;
mod samples;
mod strategies;
