//! svc-billing.
