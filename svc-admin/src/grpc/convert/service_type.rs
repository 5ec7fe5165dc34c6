use admin_contract::v1 as pb;

use super::{to_money, to_seconds};
use crate::domain::service_type::{Material, NeededTrait, ServiceType};
use crate::error::Error;
use crate::grpc::Api;
use crate::grpc::entry::Submitted;

impl Submitted<ServiceType> for pb::ServiceType {
    fn draft(self, api: &Api) -> Result<ServiceType, Error> {
        let needed_traits = self.needed_traits.into_iter().map(|needed| NeededTrait {
            name: needed.name,
            score: needed.score,
        });
        let materials = self.materials.into_iter().map(|need| Material {
            code: need.material_code,
            quantity: need.quantity,
        });
        let service_type = ServiceType {
            name: self.name,
            description: self.description,
            base_price: to_money("service_type.base_price", self.base_price.as_ref())?,
            duration_seconds: to_seconds("service_type.duration", self.duration.as_ref())?,
            grace_period_seconds: to_seconds("service_type.grace_period", self.grace_period.as_ref())?,
            needed_traits: needed_traits.collect(),
            materials: materials.collect(),
        };
        Ok(service_type.check(api.currency)?)
    }
}
