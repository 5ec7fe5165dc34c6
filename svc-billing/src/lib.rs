//! svc-billing.

pub mod domain;
