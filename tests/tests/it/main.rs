//! The whole mesh: the story, its dark twin, and the story while a service is away.
#![cfg(test)]

mod alarms;
mod away;
mod bets;
mod chaos;
mod clients;
mod contracts;
mod crashed;
mod crowd;
mod dark;
mod effects;
mod fail_points;
mod fuzz;
mod infrastructure;
mod lists;
mod log_lines;
mod mesh;
mod metrics_page;
mod mutate;
mod offered;
mod operator;
mod outage;
mod outside;
mod ownership;
mod people;
mod program;
mod publisher;
mod repeated;
mod replicas;
mod roll;
mod sample;
mod story;
mod tables;
mod tokens;
mod trace;
mod wire;
