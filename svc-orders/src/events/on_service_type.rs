use admin_contract::v1::ServiceTypeState;
use diesel_async::AsyncPgConnection;
use messaging::{On, Received, Stop};
use money::Currency;

use super::{required, uuid};
use crate::domain::id::ServiceTypeId;
use crate::domain::service_type::ServiceType;
use crate::{store, wire};

/// Keeps each version of the catalogue's entries; the highest is what can be ordered.
pub(super) struct OnServiceType {
    /// The company's currency. A price in another one can't be added up with the rest.
    pub(super) currency: Currency,
}

impl On<ServiceTypeState> for OnServiceType {
    async fn on(&self, conn: &mut AsyncPgConnection, event: &Received<ServiceTypeState>) -> Result<(), Stop> {
        let state = &event.message;
        let base = required("base_price", state.base_price.as_ref())?;
        let base_price = wire::to_money(base).map_err(Stop::refused)?;
        if base_price.currency() != self.currency {
            return Err(Stop::refused(format!(
                "prices are in {}, this one is {base_price}",
                self.currency
            )));
        }
        let service = ServiceType {
            id: ServiceTypeId(uuid("service_type_id", &state.service_type_id)?),
            version: state.version,
            name: state.name.clone(),
            description: state.description.clone(),
            base_price,
            duration: required("duration", state.duration.and_then(wire::time_delta))?,
            grace: required("grace_period", state.grace_period.and_then(wire::time_delta))?,
            needs: wire::to_traits(&state.needed_traits),
            active: !state.archived,
        };
        store::service_types::keep(conn, &service).await?;
        Ok(())
    }
}
