//! Service types: the catalogue's entries as admin keeps them, each version with its price.

use chrono::TimeDelta;
use money::Money;

use super::id::ServiceTypeId;
use super::worker::Traits;

/// One version of a service type. An order keeps the version that it was placed with (A1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceType {
    /// Which entry.
    pub id: ServiceTypeId,
    /// Which version of it, from 1.
    pub version: i64,
    /// How it is called.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The price before any discount.
    pub base_price: Money,
    /// How long the work usually takes.
    pub duration: TimeDelta,
    /// How long after the slot's start the worker may still start (O3).
    pub grace: TimeDelta,
    /// What the work asks of a worker, each 0..=100.
    pub needs: Traits,
    /// False for a draft or an archived entry: no new orders.
    pub active: bool,
}
