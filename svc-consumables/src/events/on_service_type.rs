//! What kits hold, by service type and version.

use admin_contract::v1::ServiceTypeState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};

use crate::domain::ids::{MaterialCode, ServiceTypeId};
use crate::events::read;
use crate::store::service_types;

/// Listens to [`ServiceTypeState`].
#[derive(Debug)]
pub struct OnServiceType;

impl On<ServiceTypeState> for OnServiceType {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ServiceTypeState>) -> Result<(), Stop> {
        let message = &event.message;
        let id = ServiceTypeId(read::uuid(&message.service_type_id)?);
        let materials: Result<Vec<_>, Stop> = message
            .materials
            .iter()
            .map(|need| {
                let quantity = u32::try_from(need.quantity).map_err(Stop::refused)?;
                Ok((MaterialCode(need.material_code.clone()), quantity))
            })
            .collect();
        service_types::insert(conn, id, message.version, &materials?).await?;
        Ok(())
    }
}
