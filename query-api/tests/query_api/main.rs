//! The query API over HTTP on real Postgres: what it shows of rows, to whom, and what it refuses.

mod access;
mod busy;
mod catalogue;
mod consultants;
mod customers;
mod cut_off;
mod lists;
mod parameters;
mod past;
mod positions;
mod projected;
mod projected_people;
mod queue;
mod routing;
mod search;
mod setting;
mod survey_story;
mod survey_summaries;
mod surveys;
mod timelines;
