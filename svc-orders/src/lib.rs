//! svc-orders.
