//! What is taken away under load comes back, and nothing is lost, done twice or made up.

mod kafka;
mod load;
mod postgres;
