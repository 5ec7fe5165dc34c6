//! The whole mesh: the story, its dark twin, and the story while a service is away.
#![cfg(test)]

mod bets;
mod chaos;
mod contracts;
mod dark;
mod effects;
mod infrastructure;
mod mesh;
mod outage;
mod program;
mod story;
