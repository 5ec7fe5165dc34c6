//! The department's rules, pure: they take state and `now`, and return new state and events.
//!
//! | Module | Rule |
//! |---|---|
//! | [`kit`] | C1, C2: the life of a kit |
//! | [`stock`] | C4: stock is counted, never negative, and low stock is announced once |
//! | [`cookie`] | C3: one cookie per order, which never blocks the order |
//! | [`order`] | what order events say about an order |

pub mod cookie;
pub mod ids;
pub mod kit;
pub mod line;
pub mod material;
pub mod order;
pub mod stock;
