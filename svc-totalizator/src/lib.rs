//! svc-totalizator: bets on how orders will end. It only listens, and leaves no traces.
pub mod domain;
