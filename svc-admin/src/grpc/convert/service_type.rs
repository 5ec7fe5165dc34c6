//! Service types.

use admin_contract::v1 as pb;
use conventions::types::Trait;
use service_host::Refusal;

use super::{actor, missing, money, read_money, read_seconds, seconds, time};
use crate::domain::Versioned;
use crate::domain::service_type::{Material, NeededTrait, ServiceType};

/// From the wire.
pub fn read(from: Option<pb::ServiceType>) -> Result<ServiceType, Refusal> {
    let from = from.ok_or_else(|| missing("service_type"))?;
    Ok(ServiceType {
        base_price: read_money("service_type.base_price", from.base_price.as_ref())?,
        duration_seconds: read_seconds("service_type.duration", from.duration.as_ref())?,
        grace_period_seconds: read_seconds("service_type.grace_period", from.grace_period.as_ref())?,
        needed_traits: from
            .needed_traits
            .into_iter()
            .map(|needed| NeededTrait {
                name: needed.name,
                score: needed.score,
            })
            .collect(),
        materials: from
            .materials
            .into_iter()
            .map(|need| Material {
                code: need.material_code,
                quantity: need.quantity,
            })
            .collect(),
        name: from.name,
        description: from.description,
    })
}

/// To the wire.
pub fn state(entry: &Versioned<ServiceType>) -> pb::ServiceTypeState {
    let body = entry.body.clone();
    pb::ServiceTypeState {
        service_type_id: entry.id.to_string(),
        version: entry.version,
        name: body.name,
        description: body.description,
        base_price: Some(money(body.base_price)),
        duration: Some(seconds(body.duration_seconds)),
        grace_period: Some(seconds(body.grace_period_seconds)),
        needed_traits: body
            .needed_traits
            .into_iter()
            .map(|needed| Trait {
                name: needed.name,
                score: needed.score,
            })
            .collect(),
        materials: body
            .materials
            .into_iter()
            .map(|material| pb::MaterialNeed {
                material_code: material.code,
                quantity: material.quantity,
            })
            .collect(),
        archived: entry.archived,
        changed_at: Some(time(entry.changed_at)),
        changed_by: Some(actor(&entry.changed_by)),
    }
}
