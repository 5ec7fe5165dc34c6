//! What calls and listeners share. Everything here runs in the caller's transaction; what concerns
//! a kit runs under the lock of its order.

pub mod cancel_kit;
pub mod change_stock;
pub mod provide_kit;
pub mod record_order;
