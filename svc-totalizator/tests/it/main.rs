//! svc-totalizator's integration tests: the rules pure, then the real service on a real PostgreSQL
//! and Kafka.
#![cfg(test)]

mod access;
mod client;
mod g3_repeated;
mod migrations;
mod own;
mod support;
mod t1_bets;
mod t2_settlement;
mod t3_transfers;
mod t4_settled_once;
mod t5_no_traces;
