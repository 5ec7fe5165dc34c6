//! svc-totalizator's integration tests.
#![cfg(test)]

mod t2_settlement;
mod t3_transfers;
