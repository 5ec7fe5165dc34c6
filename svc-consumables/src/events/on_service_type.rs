//! Stores which materials each version of a service type puts into kits (C1).

use admin_contract::v1::ServiceTypeState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::domain::ids::MaterialCode;
use crate::store::service_types;

#[derive(Debug)]
pub struct OnServiceType;

impl On<ServiceTypeState> for OnServiceType {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ServiceTypeState>) -> Result<(), Stop> {
        let state = &event.message;
        let materials: Result<Vec<_>, Stop> = state
            .materials
            .iter()
            .map(|need| {
                let quantity = u32::try_from(need.quantity).map_err(Stop::refused)?;
                Ok((MaterialCode(need.material_code.clone()), quantity))
            })
            .collect();
        let id = messaging::id("service_type_id", &state.service_type_id)?;
        service_types::insert(conn, id, state.version, &materials?).await?;
        Ok(())
    }
}
