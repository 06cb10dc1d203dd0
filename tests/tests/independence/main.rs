//! Independence: whatever becomes of one view, commands, routing and the other views go on, and
//! afterwards it agrees with the log again. On Kafka and Postgres, with the real parts.

mod disturbed;
mod mixed;
mod poisoned;
mod receiver;
mod shed;
mod shop;
mod staff;
mod trade;
mod views;
mod watch;
