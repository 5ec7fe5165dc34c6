//! All SQL of this service, one file per table or query. Rows stay in here: functions take and
//! return domain types.
//!
//! State is saved together with its events, by `messaging::save` or `messaging::save_pipelined`:
//! orders as [`orders::NewOrders`] and `domain::order::Change`, clients as [`clients::NewClients`],
//! workers as `domain::worker::Admission` and `StandingChange`.

pub mod balances;
pub mod changes;
pub mod clients;
pub mod kits;
pub mod match_requests;
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
