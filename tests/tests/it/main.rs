//! The whole mesh: the story, its dark twin, and the story while a service is away.
#![cfg(test)]

mod bets;
mod chaos;
mod contracts;
mod crashed;
mod crowd;
mod dark;
mod effects;
mod fuzz;
mod infrastructure;
mod mesh;
mod mutate;
mod offered;
mod outage;
mod ownership;
mod people;
mod program;
mod repeated;
mod sample;
mod story;
mod tables;
mod tokens;
mod wire;
