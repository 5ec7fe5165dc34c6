//! All SQL of the service, one file per aggregate.
//!
//! Locks are taken in one sequence everywhere, so that nobody waits in a circle: order, kit, balances by material code,
//! lines, cookie. A line's `reserved` changes only under its material's balance lock; a kit's set of lines only under the
//! kit's.

pub mod cookies;
pub mod employees;
pub mod kit_views;
pub mod kits;
pub mod lines;
pub mod materials;
pub mod numbers;
pub mod orders;
mod schema;
pub mod service_types;
pub mod stock;
