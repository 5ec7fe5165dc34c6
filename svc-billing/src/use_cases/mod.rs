//! What calls, listeners and jobs share. Each takes a connection inside the caller's transaction.

pub mod retry_invoice;
pub mod settle_order;
pub mod try_attempt;
pub mod verify_ledger;
