//! svc-consumables' integration tests: the rules pure, then the real service on a real PostgreSQL
//! and Kafka.
#![cfg(test)]

mod access;
mod bakery;
mod c1_kit;
mod c2_kit_life;
mod c2_pure;
mod c3_cookie;
mod c3_pure;
mod c4_pure;
mod c4_stock;
mod c5_queue;
mod migrations;
mod settings;
mod support;
