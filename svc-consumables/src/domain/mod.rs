//! The department's rules, pure: state and `now` in, new state and what happened out.
//!
//! | Module | Rule |
//! |---|---|
//! | [`kit`] | C1, C2: a kit's life |
//! | [`stock`] | C4: counted, never negative, low stock said once |
//! | [`cookie`] | C3: one cookie per order, which never blocks it |
//! | [`order`] | what the department knows of an order, from events |

pub mod cookie;
pub mod ids;
pub mod kit;
pub mod line;
pub mod order;
pub mod stock;
