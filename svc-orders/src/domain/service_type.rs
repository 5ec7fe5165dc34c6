//! Service types: the catalogue of svc-admin, with the price of each version.

use chrono::TimeDelta;
use money::Money;

use super::ids::ServiceTypeId;
use super::worker::Traits;

/// One version of a service type. An order keeps the version that it was placed with (A1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceType {
    pub id: ServiceTypeId,
    /// From 1.
    pub version: i64,
    pub name: String,
    pub description: String,
    /// The price before any discount.
    pub base_price: Money,
    /// How long the work usually takes.
    pub duration: TimeDelta,
    /// How long after the slot's start the worker may still start (O3).
    pub grace: TimeDelta,
    /// The traits that the work needs, each 0..=100.
    pub needs: Traits,
    /// `false` for a draft or an archived service type: it takes no new orders.
    pub active: bool,
}
