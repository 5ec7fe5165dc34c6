//! What calls, listeners and jobs share.

pub mod match_order;
