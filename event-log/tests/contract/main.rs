//! The contract of the log port, told as stories against every adapter: a log in memory, a real
//! Postgres, a real Kafka. Each story has a log of its own. What only one adapter has (its
//! settings, its server's restart) is told beside.

#![expect(clippy::unwrap_used, reason = "a story that can't go on has failed")]

mod arena;
mod damage;
mod kafka;
mod life;
mod memory;
mod postgres;
mod races;
mod support;

/// Tells every story against an adapter.
macro_rules! contract {
    ($adapter:ident, $arena:ty: $($module:ident::{$($story:ident),+ $(,)?}),+ $(,)?) => {
        mod $adapter {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $story() {
                    crate::$module::$story::<$arena>().await;
                }
            )+)+
        }
    };
}

macro_rules! on_every_adapter {
    ($($stories:tt)+) => {
        contract!(on_memory, crate::memory::MemoryArena: $($stories)+);
        contract!(on_postgres, crate::postgres::PostgresArena: $($stories)+);
        contract!(on_kafka, crate::kafka::KafkaArena: $($stories)+);
    };
}

on_every_adapter! {
    races::{
        the_loser_of_a_race_is_noise_for_every_reader,
        a_batch_wins_up_to_its_first_lost_record,
        a_foreign_record_that_says_the_same_confirms_nothing,
        an_older_attempt_of_the_same_confirms_nothing,
        duplicates_are_noise,
        late_deliveries_are_noise,
        the_late_half_of_a_lost_batch_is_noise,
        a_gap_within_a_batch_ends_it,
        a_lost_append_is_settled_by_a_barrier,
        a_report_of_success_proves_nothing,
        a_lost_report_doesn_t_lose_the_append,
        a_held_append_may_still_win,
        many_writers_lose_nothing_and_repeat_nothing,
    },
    life::{
        sequences_are_contiguous_and_chained,
        a_cursor_never_folds_a_record_twice,
        noise_before_the_cursor_stays_noise,
        a_record_of_another_log_is_noise,
        starters_agree_on_one_genesis,
        another_partition_count_is_refused,
        nothing_is_appended_before_the_genesis_is_read,
        data_that_are_too_large_are_refused,
        nothing_but_opened_extends_a_closed_log,
        a_writer_that_lost_to_closed_says_so,
        next_may_be_dropped_at_any_time,
    },
    damage::{
        a_log_shorter_than_the_cursor_is_refused,
        another_log_under_the_same_name_is_refused,
        a_partition_of_another_log_is_refused,
        entries_without_a_genesis_are_no_log,
        an_envelope_from_the_future_stops_the_reader,
        a_newer_control_record_stops_the_reader,
        a_newer_genesis_is_refused,
        a_changed_record_ends_the_log_there,
        another_record_at_the_head_is_refused,
    },
}
