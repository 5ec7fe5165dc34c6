//! Billing against a real PostgreSQL, a real Kafka and the outside world's stand-ins.
#![cfg(test)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "a field of a protobuf message is an option"
)]

mod access;
mod audit;
mod booking;
mod calls;
mod charges;
mod closing;
mod document;
mod events;
mod ledger;
mod mesh;
mod migrations;
mod payouts;
mod support;
