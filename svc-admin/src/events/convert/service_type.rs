use admin_contract::v1 as pb;
use conventions::types::Trait;
use conventions::wire::{money, timestamp};
use messaging::Events;

use super::{Published, seconds};
use crate::domain::Versioned;
use crate::domain::service_type::ServiceType;

impl Published for ServiceType {
    type State = pb::ServiceTypeState;

    fn state(version: &Versioned<Self>) -> Self::State {
        let body = version.body.clone();
        let needed_traits = body.needed_traits.into_iter().map(|needed| Trait {
            name: needed.name,
            score: needed.score,
        });
        let materials = body.materials.into_iter().map(|material| pb::MaterialNeed {
            material_code: material.code,
            quantity: material.quantity,
        });
        pb::ServiceTypeState {
            service_type_id: version.id.to_string(),
            version: version.version,
            name: body.name,
            description: body.description,
            base_price: Some(money(body.base_price)),
            duration: Some(seconds(body.duration_seconds)),
            grace_period: Some(seconds(body.grace_period_seconds)),
            needed_traits: needed_traits.collect(),
            materials: materials.collect(),
            archived: version.archived,
            changed_at: Some(timestamp(version.changed_at)),
            changed_by: Some((&version.changed_by).into()),
        }
    }

    fn events(version: &Versioned<Self>) -> Events {
        Events::of(&Self::state(version))
    }
}
