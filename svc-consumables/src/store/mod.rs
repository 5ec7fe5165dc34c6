//! All SQL of the service, one file per table or query.
//!
//! Kits, cookies and stock are saved together with their events, by `messaging::save`:
//! `domain::kit::Change`, `domain::cookie::Change` and `domain::stock::Change`.
//!
//! To avoid deadlocks, every transaction takes its locks in the same sequence: order, kit, balances
//! by material code, lines, cookie. `reserved` of a line changes only under the lock of its
//! material's balance, the set of a kit's lines only under the lock of the kit. Locks are
//! `NO KEY UPDATE`: the foreign keys of a movement must not wait for them.

pub mod cookies;
pub mod employees;
pub mod kit_views;
pub mod kits;
pub mod lines;
pub mod materials;
pub mod orders;
mod row;
mod schema;
pub mod service_types;
pub mod stock;
