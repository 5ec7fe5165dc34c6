//! All SQL of this service, one file per table or question. Rows don't leave this module: domain types go in and out.

pub mod balances;
pub mod changes;
pub mod clients;
pub mod kits;
pub mod match_queue;
mod order_row;
pub mod orders;
pub mod photos;
pub mod pipelines;
pub mod pool;
pub mod ratings;
mod row;
mod schema;
pub mod service_types;
pub mod workers;
