//! All SQL, one file per aggregate.

pub mod audit;
pub mod cases;
pub mod entries;
pub mod hypotheses;
pub mod reviewed_orders;
mod schema;
