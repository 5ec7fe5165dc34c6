//! The whole way of an event on a real Kafka and a real PostgreSQL: `eval "$(tools/mesh/mesh
//! test-env)"` first.
#![cfg(test)]

mod crash;
mod delivery;
mod nameless;
mod operations;
mod order;
mod outage;
mod parking;
mod replicas;
mod step;
mod world;
