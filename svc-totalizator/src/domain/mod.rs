//! The totalizator's rules, pure: facts in, who gives how much to whom out.
//!
//! | Module | Rule |
//! |---|---|
//! | [`order`] | what is known of an order, whatever is delivered twice, late or out of order (T4) |
//! | [`bet`] | who may stake what, and when (T1) |
//! | [`settlement`] | how a pool is split (T2) |
//! | [`transfers`] | the fewest transfers that settle it (T3) |
//! | [`pseudonym`] | the only name a manager has here (T5) |

pub mod bet;
pub mod order;
pub mod pseudonym;
pub mod settlement;
pub mod transfers;
