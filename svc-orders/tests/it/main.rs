//! svc-orders against a real PostgreSQL and a real Kafka.
#![cfg(test)]

mod access;
mod batches;
mod clients;
mod life;
mod matching;
mod messaging;
mod migrations;
mod ordering;
mod photos;
mod pipelines;
mod races;
mod store;
mod support;
mod watch;
