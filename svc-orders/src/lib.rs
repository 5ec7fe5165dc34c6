//! svc-orders: clients, workers, orders, matching, evidence photos.

pub mod domain;
