//! svc-consumables.
